import pg from "pg";
import { emit } from "reward-outbox";

const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"] });

/** The order and its event, or neither. */
async function purchase(id: number, total: number, pay: () => void): Promise<void> {
	const client = await pool.connect();
	try {
		await client.query("BEGIN");
		await client.query("INSERT INTO orders (id, customer_id, total) VALUES ($1, $2, $3)", [id, "user123", total]);
		await emit(client, { trigger: "successful_payment", user: "user123", payload: { value: total } });
		pay();
		await client.query("COMMIT");
	} catch (error) {
		await client.query("ROLLBACK");
		throw error;
	} finally {
		client.release();
	}
}

await purchase(1, 19.99, () => {});
console.log("committed: order 1 and its event");

try {
	await purchase(2, 5, () => {
		throw new Error("card declined");
	});
} catch {
	console.log("rolled back: order 2 and its event");
}
await pool.end();
