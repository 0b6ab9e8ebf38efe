import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { integer, numeric, pgTable, text } from "drizzle-orm/pg-core";
import pg from "pg";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

const orders = pgTable("orders", { id: integer().primaryKey(), customerId: text("customer_id"), total: numeric() });

type Transaction = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];

let db: NodePgDatabase;

const contract = describeLibrary({ name: "Drizzle (node-postgres)", afterTheEnd: "no_transaction", open });

function open(url: string): Library {
	const pool = new pg.Pool({ connectionString: url, max: 4 });
	db = drizzle(pool);
	return {
		transaction: (work) => db.transaction((tx) => work(wrap(tx))),
		refused: { "a database": { handle: db, reason: "pool" } },
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => pool.end(),
	};
}

function wrap(tx: Transaction): LibraryTransaction {
	return {
		handle: tx,
		insertOrder: (id) => tx.insert(orders).values({ id, customerId: "user123", total: "19.99" }),
		run: (text) => tx.execute(sql.raw(text)),
		nested: (work) => tx.transaction((inner) => work(wrap(inner))),
	};
}

testSnippet(contract, async () => {
	await db.transaction(async (tx) => {
		await tx.insert(orders).values({ id: 4711, customerId: "user123", total: "19.99" });
		await emit(tx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
});

test("a database over one client is taken in its transaction, and refused outside", async () => {
	const client = new pg.Client({ connectionString: contract.current.database.url });
	await client.connect();
	try {
		const single = drizzle(client);
		await expect(emit(single, { trigger: "t", user: "single" })).rejects.toMatchObject({ reason: "pool" });
		await single.transaction((tx) => emit(tx, { trigger: "t", user: "single" }));
		expect(await contract.current.events("single")).toBe(1);
	} finally {
		await client.end();
	}
});

test("a transaction of a driver that is not supported is refused as that", async () => {
	const tx = {
		execute() {},
		transaction() {},
		refreshMaterializedView() {},
		setTransaction() {},
		rollback() {},
		_: { session: {} },
	};
	await expect(emit(tx as never, { trigger: "t", user: "u" })).rejects.toMatchObject({
		name: "UnsupportedTransactionError",
	});
});
