import { createPool, type DatabasePool, type DatabaseTransactionConnection, sql } from "slonik";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

let pool: DatabasePool;

const contract = describeLibrary({ name: "Slonik", afterTheEnd: "unknown", open });

async function open(url: string): Promise<Library> {
	pool = await createPool(url, { maximumPoolSize: 4 });
	return {
		transaction: (work) => pool.transaction((tx) => work(wrap(tx))),
		refused: { "a pool": { handle: pool, reason: "pool" } },
		sqlState: (error) => (error as { cause?: { code?: unknown } }).cause?.code,
		close: () => pool.end(),
	};
}

function wrap(tx: DatabaseTransactionConnection): LibraryTransaction {
	return {
		handle: tx,
		insertOrder: (id) => tx.query(sql.unsafe`INSERT INTO orders VALUES (${id}, ${"user123"}, 19.99)`),
		run: (text) =>
			tx.query({ parser: undefined, sql: text, type: Symbol.for("SLONIK_TOKEN_QUERY"), values: [] } as never),
		nested: (work) => tx.transaction((inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	await pool.transaction(async (tx) => {
		await tx.query(sql.unsafe`INSERT INTO orders VALUES (4711, 'user123', 19.99)`);
		await emit(tx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});
