import { PGlite, type Transaction } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emit, emitMany } from "../../src/index.ts";
import { expectEvents, schemaSql } from "../../src/testing/index.ts";

let db: PGlite;

beforeAll(async () => {
	db = new PGlite();
	await db.exec(await schemaSql());
	await db.exec("CREATE TABLE orders (id int PRIMARY KEY, customer_id text NOT NULL, total numeric NOT NULL)");
});
afterAll(() => db.close());

test("the documented snippet writes the order and one event", async () => {
	await db.transaction(async (tx) => {
		await tx.query("INSERT INTO orders VALUES (4711, 'user123', 19.99)");
		await emit(tx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	});
	await expectEvents(db, [{ trigger: "successful_payment", user: "user123", payload: { value: 19.99 } }]);
});

test("several events are answered in order, and go with a rollback", async () => {
	await db.transaction(async (tx) => {
		const ids = await emitMany(tx, [
			{ trigger: "t", user: "a" },
			{ trigger: "t", user: "b" },
		]);
		expect(ids).toHaveLength(2);
		await tx.rollback();
	});
	await expectEvents(db, [{ user: "user123" }]);
});

test("the database itself and a transaction that has ended are refused", async () => {
	await expect(emit(db, { trigger: "t", user: "u" })).rejects.toMatchObject({ reason: "pool" });
	let leaked: Transaction | undefined;
	await db.transaction(async (tx) => {
		leaked = tx;
	});
	await expect(emit(leaked as Transaction, { trigger: "t", user: "u" })).rejects.toMatchObject({ reason: "closed" });
});
