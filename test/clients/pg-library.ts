import type pg from "pg";
import type { Library, LibraryTransaction } from "./library.ts";

/** node-postgres of any version. */
export async function openPg(driver: typeof pg, url: string): Promise<Library & { readonly pool: pg.Pool }> {
	const pool = new driver.Pool({ connectionString: url, max: 4 });
	const idle = await pool.connect();
	return {
		pool,
		transaction: (work) => inPgTransaction(pool, (client) => work(wrap(client, 0))),
		refused: {
			"a pool": { handle: pool, reason: "pool" },
			"a client outside BEGIN": { handle: idle, reason: "no_transaction" },
		},
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => {
			idle.release();
			return pool.end();
		},
	};
}

/** Committed when `work` resolves, rolled back when it rejects. */
export async function inPgTransaction<Result>(
	from: pg.Pool,
	work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
	const client = await from.connect();
	try {
		await client.query("BEGIN");
		const result = await work(client);
		await client.query("COMMIT");
		return result;
	} catch (error) {
		await client.query("ROLLBACK");
		throw error;
	} finally {
		client.release();
	}
}

function wrap(client: pg.PoolClient, depth: number): LibraryTransaction {
	return {
		handle: client,
		insertOrder: (id) => client.query("INSERT INTO orders VALUES ($1, $2, $3)", [id, "user123", "19.99"]),
		run: (sql) => client.query(sql),
		async nested(work) {
			await client.query(`SAVEPOINT level_${depth}`);
			try {
				return await work(wrap(client, depth + 1));
			} catch (error) {
				await client.query(`ROLLBACK TO SAVEPOINT level_${depth}`);
				throw error;
			}
		},
	};
}
