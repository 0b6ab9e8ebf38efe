import { CamelCasePlugin, type ControlledTransaction, Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emit, emitMany } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

interface Schema {
	orders: { id: number };
}

const PURCHASE = { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } };

const database = useTestDatabase();
let db: Kysely<Schema>;

beforeAll(async () => {
	await database.current.query("CREATE TABLE public.orders (id int PRIMARY KEY)");
	db = new Kysely<Schema>({
		dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.current.url, max: 2 }) }),
		plugins: [new CamelCasePlugin()],
	});
});

// After the file's tests run in reverse order of definition, so this comes before the leak check of the database.
afterAll(() => db.destroy());

async function isCommitted(id: string): Promise<boolean> {
	const { rowCount } = await database.current.query("SELECT FROM reward_outbox.outbox WHERE id = $1", [id]);
	return rowCount === 1;
}

describe("in a Kysely transaction, an event", () => {
	test("commits together with the order it is about", async () => {
		const id = await db.transaction().execute(async (trx) => {
			await trx.insertInto("orders").values({ id: 1 }).execute();
			const written = await emit(trx, PURCHASE);
			expect(await isCommitted(written)).toBe(false);
			return written;
		});
		expect(await isCommitted(id)).toBe(true);
	});

	test("rolls back together with the order it is about", async () => {
		let id = "";
		const failed = db.transaction().execute(async (trx) => {
			await trx.insertInto("orders").values({ id: 2 }).execute();
			id = await emit(trx, PURCHASE);
			throw new Error("card declined");
		});
		await expect(failed).rejects.toThrow("card declined");
		expect(await isCommitted(id)).toBe(false);
		expect(await db.selectFrom("orders").where("id", "=", 2).execute()).toEqual([]);
	});

	test("goes with its savepoint", async () => {
		const trx = await db.startTransaction().execute();
		const kept = await emit(trx, PURCHASE);
		const inside = await trx.savepoint("attempt").execute();
		const undone = await emit(inside, PURCHASE);
		await inside.rollbackToSavepoint("attempt").execute();
		await trx.commit().execute();
		expect(await isCommitted(kept)).toBe(true);
		expect(await isCommitted(undone)).toBe(false);
	});

	test("is one of several in one statement", async () => {
		const ids = await db.transaction().execute((trx) => emitMany(trx, [PURCHASE, PURCHASE, PURCHASE]));
		expect(new Set(ids).size).toBe(3);
		for (const id of ids) expect(await isCommitted(id)).toBe(true);
	});

	test("that is invalid leaves the transaction usable", async () => {
		await db.transaction().execute(async (trx) => {
			await expect(emit(trx, { ...PURCHASE, user: "" })).rejects.toMatchObject({ field: "user", rule: "length" });
			const { rows } = await sql<{ alive: number }>`SELECT 1 AS alive`.execute(trx);
			expect(rows).toEqual([{ alive: 1 }]);
		});
	});
});

describe("without a Kysely transaction", () => {
	test("an instance is refused, unless the caller says so", async () => {
		await expect(emit(db, PURCHASE)).rejects.toMatchObject({ name: "NotInTransactionError", reason: "pool" });
		expect(await isCommitted(await emit(db, PURCHASE, { outsideTransaction: "allow" }))).toBe(true);
	});

	test("a transaction that has ended is refused", async () => {
		let leaked: Transaction<Schema> | undefined;
		await db.transaction().execute(async (trx) => {
			leaked = trx;
		});
		await expect(emit(leaked as Transaction<Schema>, PURCHASE)).rejects.toMatchObject({ reason: "closed" });
	});

	test.each(["commit", "rollback"] as const)("a controlled transaction is refused after its %s", async (end) => {
		const trx: ControlledTransaction<Schema> = await db.startTransaction().execute();
		await trx[end]().execute();
		await expect(emit(trx, PURCHASE)).rejects.toMatchObject({ reason: "closed" });
	});
});
