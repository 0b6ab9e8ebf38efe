import pgPromise, { type IDatabase, type ITask } from "pg-promise";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

const pgp = pgPromise({ noWarnings: true });
let db: IDatabase<unknown>;

const contract = describeLibrary({ name: "pg-promise", afterTheEnd: "closed", open });

function open(url: string): Library {
	db = pgp({ connectionString: url, max: 4 });
	return {
		transaction: (work) => db.tx((t) => work(wrap(t))),
		refused: { "a database": { handle: db, reason: "pool" } },
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => db.$pool.end(),
	};
}

function wrap(t: ITask<unknown>): LibraryTransaction {
	return {
		handle: t,
		insertOrder: (id) => t.none("INSERT INTO orders VALUES ($1, $2, $3)", [id, "user123", "19.99"]),
		run: (sql) => t.any(sql),
		nested: (work) => t.tx((inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	await db.tx(async (t) => {
		await t.none("INSERT INTO orders VALUES ($1, $2, $3)", [4711, "user123", "19.99"]);
		await emit(t, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});
