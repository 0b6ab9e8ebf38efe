import { sql } from "drizzle-orm";
import { integer, numeric, pgTable, text } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { emit } from "../../src/index.ts";
import { describeLibrary, testSnippet } from "./contract.ts";
import type { Library, LibraryTransaction } from "./library.ts";

const orders = pgTable("orders", { id: integer().primaryKey(), customerId: text("customer_id"), total: numeric() });

type Transaction = Parameters<Parameters<PostgresJsDatabase["transaction"]>[0]>[0];

let db: PostgresJsDatabase;

const contract = describeLibrary({ name: "Drizzle (postgres.js)", afterTheEnd: "unknown", open });

function open(url: string): Library {
	const client = postgres(url, { max: 4 });
	db = drizzle(client);
	return {
		transaction: (work) => db.transaction((tx) => work(wrap(tx))),
		refused: { "a database": { handle: db, reason: "pool" } },
		sqlState: (error) => (error as { code?: unknown }).code,
		close: () => client.end(),
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
