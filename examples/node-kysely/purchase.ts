import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { createEmitter } from "reward-outbox";

interface Database {
	orders: { id: number; customer_id: string; total: number };
}

const db = new Kysely<Database>({
	dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env["DATABASE_URL"] }) }),
});

/** The compiler knows which triggers there are, and what each one's payload is. */
const { emit } = createEmitter<{ successful_payment: { value: number } }>();

/** The order and its event, or neither. */
async function purchase(id: number, total: number, pay: () => void): Promise<void> {
	await db.transaction().execute(async (trx) => {
		await trx.insertInto("orders").values({ id, customer_id: "user123", total }).execute();
		await emit(trx, {
			trigger: "successful_payment",
			user: "user123",
			payload: { value: total },
			idempotencyKey: `order-${id}-paid`,
		});
		pay();
	});
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
await db.destroy();
