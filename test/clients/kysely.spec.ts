import { CamelCasePlugin, Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

interface Schema {
	orders: { id: number; customerId: string; total: number };
}

let db: Kysely<Schema>;

const contract = describeLibrary({ name: "Kysely", afterTheEnd: "closed", open });

function open(url: string): Library {
	const pool = new pg.Pool({ connectionString: url, max: 4 });
	db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
	return {
		transaction: (work) => db.transaction().execute((trx) => work(wrap(trx, 0))),
		refused: { "an instance": { handle: db, reason: "pool" } },
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => db.destroy(),
	};
}

/** Kysely has savepoints only where the caller ends the transaction itself, so they are written out here. */
function wrap(trx: Transaction<Schema>, depth: number): LibraryTransaction {
	const run = (text: string) => sql.raw(text).execute(trx);
	return {
		handle: trx,
		insertOrder: (id) => trx.insertInto("orders").values({ id, customerId: "user123", total: 19.99 }).execute(),
		run,
		async nested(work) {
			await run(`SAVEPOINT level_${depth}`);
			try {
				return await work(wrap(trx, depth + 1));
			} catch (error) {
				await run(`ROLLBACK TO SAVEPOINT level_${depth}`);
				throw error;
			}
		},
	};
}

testSnippet(contract, async () => {
	await db.transaction().execute(async (trx) => {
		await trx.insertInto("orders").values({ id: 4711, customerId: "user123", total: 19.99 }).execute();
		await emit(trx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});
