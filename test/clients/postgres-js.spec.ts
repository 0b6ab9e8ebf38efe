import postgres, { type Sql, type TransactionSql } from "postgres";
import { expect, test } from "vitest";
import { emit, type TransactionHandle } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

let sql: Sql;

const contract = describeLibrary({ name: "postgres.js", afterTheEnd: "unknown", open });

async function open(url: string): Promise<Library> {
	sql = postgres(url, { max: 4, onnotice: () => {} });
	const reserved = await sql.reserve();
	return {
		transaction: async <Result>(work: (tx: LibraryTransaction) => Promise<Result>) =>
			(await sql.begin((tx) => work(wrap(tx)))) as Result,
		refused: {
			"the pool": { handle: sql, reason: "pool" },
			"a reserved connection outside BEGIN": { handle: reserved, reason: "no_transaction" },
		},
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => {
			reserved.release();
			return sql.end();
		},
	};
}

function wrap(tx: TransactionSql): LibraryTransaction {
	return {
		handle: tx,
		insertOrder: (id) => tx`INSERT INTO orders ${tx({ id, customer_id: "user123", total: "19.99" })}`,
		run: (text) => tx.unsafe(text),
		nested: async <Result>(work: (inner: LibraryTransaction) => Promise<Result>) =>
			(await tx.savepoint((inner) => work(wrap(inner)))) as Result,
	};
}

testSnippet(contract, async () => {
	await sql.begin(async (sql) => {
		await sql`INSERT INTO orders ${sql({ id: 4711, customer_id: "user123", total: "19.99" })}`;
		await emit(sql, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("a reserved connection after BEGIN is taken", async () => {
	const reserved = await sql.reserve();
	try {
		await reserved`BEGIN`;
		await emit(reserved, { trigger: "t", user: "reserved" });
		await reserved`ROLLBACK`;
		await reserved`BEGIN`;
		await emit(reserved as TransactionHandle, { trigger: "t", user: "reserved" });
		await reserved`COMMIT`;
	} finally {
		reserved.release();
	}
	expect(await contract.current.events("reserved")).toBe(1);
});

test("column transforms do not hide the id", async () => {
	const camel = postgres(contract.current.database.url, { max: 1, transform: postgres.camel });
	try {
		expect(await camel.begin((tx) => emit(tx, { trigger: "t", user: "u" }))).toMatch(/^[0-9a-f-]{36}$/);
	} finally {
		await camel.end();
	}
});
