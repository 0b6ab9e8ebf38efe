import { beforeEach, describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { captured, errorsOf, ORDER_PAID, ORDERS, stateOf, users, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders CASCADE");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors");
	await query("DELETE FROM reward_outbox.watch_rules");
});

async function watchedOrders(): Promise<void> {
	await query(ORDERS);
	await watch(database.current.pool, ORDER_PAID);
}

describe("a rule on a table", () => {
	test("turns an update into an event that leads back to the row", async () => {
		await watchedOrders();
		await query("INSERT INTO orders VALUES (4711, 7, 19.90, 'new')");
		expect(await users(database.current.pool)).toEqual([]);
		await query("UPDATE orders SET status = 'paid'");
		const { rows } = await query(
			"SELECT trigger_id, user_id, payload::text, idempotency_key, metadata, source, status FROM reward_outbox.events",
		);
		expect(rows).toEqual([
			{
				trigger_id: "successful_payment",
				user_id: "7",
				payload: '{"value": 19.90}',
				idempotency_key: "order-4711-paid",
				metadata: { watch: "order_paid", table: "public.orders", key: { id: 4711 } },
				source: "order_paid",
				status: "pending",
			},
		]);
	});

	test("emits nothing when the transaction rolls back", async () => {
		await watchedOrders();
		await query("BEGIN; INSERT INTO orders VALUES (1, 7, 1, 'paid'); ROLLBACK");
		expect(await users(database.current.pool)).toEqual([]);
	});

	test("is one statement for a whole bulk statement", async () => {
		await watchedOrders();
		await query("INSERT INTO orders SELECT n, n, n, 'new' FROM generate_series(1, 5000) n");
		await query("UPDATE orders SET status = 'paid' WHERE id % 2 = 0");
		expect((await captured(database.current.pool)).length).toBe(2500);
		const { rows } = await query(
			"SELECT tgname, tgtype & 1 AS per_row FROM pg_trigger WHERE tgrelid = 'orders'::regclass ORDER BY 1",
		);
		expect(rows).toEqual([
			{ tgname: "reward_outbox_order_paid_insert", per_row: 0 },
			{ tgname: "reward_outbox_order_paid_update", per_row: 0 },
		]);
	});

	test("pairs old and new rows although the update moves every key onto another row's", async () => {
		await query(ORDERS.replace("PRIMARY KEY", "PRIMARY KEY DEFERRABLE INITIALLY DEFERRED"));
		await watch(database.current.pool, {
			...ORDER_PAID,
			condition: "OLD.status = 'new' AND NEW.status = 'paid'",
			metadata: "jsonb_build_object('was', OLD.id)",
		});
		await query("INSERT INTO orders VALUES (1, 10, 1, 'new'), (2, 20, 2, 'paid'), (3, 30, 3, 'new')");
		await query("UPDATE orders SET id = id % 3 + 1, status = 'paid'");
		const { rows } = await query(
			"SELECT user_id, metadata - 'watch' - 'table' AS metadata FROM reward_outbox.outbox ORDER BY user_id",
		);
		expect(rows).toEqual([
			{ user_id: "10", metadata: { was: 1, key: { id: 2 } } },
			{ user_id: "30", metadata: { was: 3, key: { id: 1 } } },
		]);
	});

	test("works without a primary key, after a column was dropped, and looking at whole rows", async () => {
		await query(
			"CREATE TABLE orders (id bigint, gone text, customer_id bigint, total numeric, status text); ALTER TABLE orders DROP COLUMN gone",
		);
		await watch(database.current.pool, ORDER_PAID);
		await watch(database.current.pool, {
			...ORDER_PAID,
			name: "whole",
			idempotency_key: "'w' || NEW.id",
			payload: "jsonb_build_object('new', to_jsonb(NEW), 'old', to_jsonb(OLD))",
		});
		await query("INSERT INTO orders VALUES (1, 10, 1, 'new'); UPDATE orders SET status = 'paid'");
		expect(await errorsOf(database.current.pool)).toEqual([]);
		expect(await users(database.current.pool)).toEqual(["10"]);
		const row = { id: 1, customer_id: 10, total: 1 };
		expect(await captured(database.current.pool, "whole")).toEqual([
			{ user_id: "10", payload: { new: { ...row, status: "paid" }, old: { ...row, status: "new" } } },
		]);
		await query("ALTER TABLE orders DROP COLUMN total CASCADE");
		expect((await stateOf(database.current.pool, "whole"))?.state).toBe("ok");
	});

	test("DELETE sees OLD, and TRUNCATE is not seen", async () => {
		await query(ORDERS);
		await watch(database.current.pool, {
			name: "gone",
			table_name: "orders",
			operations: "{delete}",
			trigger_id: "t",
			user_id: "OLD.customer_id::text",
			condition: "NEW.id IS NULL",
		});
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'x'), (2, 20, 1, 'x'); DELETE FROM orders WHERE id = 1; TRUNCATE orders",
		);
		expect(await users(database.current.pool, "gone")).toEqual(["10"]);
	});

	test("upsert and MERGE are seen as what they do to each row", async () => {
		await watchedOrders();
		await watch(database.current.pool, {
			name: "ops",
			table_name: "orders",
			operations: "{INSERT,UPDATE,DELETE}",
			trigger_id_expr: "lower(TG_OP)",
			user_id: "coalesce(NEW.id, OLD.id)::text",
		});
		await query("INSERT INTO orders VALUES (1, 10, 1, 'new')");
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 2, 'paid') ON CONFLICT (id) DO UPDATE SET status = excluded.status",
		);
		expect((await users(database.current.pool)).sort()).toEqual(["10", "20"]);
		const { rows } = await query(
			"SELECT trigger_id, user_id FROM reward_outbox.outbox WHERE source = 'ops' ORDER BY user_id, trigger_id",
		);
		expect(rows.map((row) => `${row["trigger_id"]} ${row["user_id"]}`)).toEqual(["insert 1", "update 1", "insert 2"]);
		const { rows: version } = await query("SELECT current_setting('server_version_num')::int AS n");
		if (version[0]?.["n"] < 150000) return;
		await query("TRUNCATE reward_outbox.outbox");
		await query(`MERGE INTO orders o USING (VALUES (1), (2), (3)) AS s(id) ON o.id = s.id
			WHEN MATCHED AND s.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET total = 9 WHEN NOT MATCHED THEN INSERT VALUES (3, 30, 3, 'new')`);
		const merged = await query("SELECT trigger_id, user_id FROM reward_outbox.outbox ORDER BY user_id");
		expect(merged.rows.map((row) => `${row["trigger_id"]} ${row["user_id"]}`)).toEqual([
			"delete 1",
			"update 2",
			"insert 3",
		]);
	});

	test("an idempotency key is emitted once, within a statement and when a row flips back and forth", async () => {
		await query(ORDERS);
		await watch(database.current.pool, {
			...ORDER_PAID,
			idempotency_key: "'customer-' || NEW.customer_id || '-first'",
		});
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 10, 2, 'paid')");
		for (const status of ["new", "paid", "new", "paid"]) await query("UPDATE orders SET status = $1", [status]);
		expect(await users(database.current.pool)).toEqual(["10"]);
		expect(await errorsOf(database.current.pool)).toEqual([]);
	});

	test("quoted names, generated columns and every option", async () => {
		await query(`CREATE SCHEMA IF NOT EXISTS "Odd Shop"`);
		await query(
			`CREATE TABLE "Odd Shop"."My ""Orders""" ("Order Id" int, "select" text, net numeric, gross numeric GENERATED ALWAYS AS (net * 1.2) STORED, PRIMARY KEY ("Order Id", "select"))`,
		);
		await watch(database.current.pool, {
			name: "odd-name.1",
			table_name: `"Odd Shop"."My ""Orders"""`,
			operations: "{INSERT,UPDATE}",
			condition: `NEW."select" <> 'no' -- a comment at the end`,
			trigger_id: "it's",
			user_id: `NEW."select"`,
			payload: `jsonb_build_object('value', NEW.gross) /* it's */`,
			ordering_key: `NEW."select"`,
			deliver_after: "'2040-01-01'",
			metadata: `jsonb_build_object('mine', NEW."Order Id")`,
		});
		await query(`INSERT INTO "Odd Shop"."My ""Orders""" VALUES (5, 'yes', 10), (6, 'no', 1)`);
		const { rows } = await query(
			"SELECT trigger_id, user_id, payload, ordering_key, deliver_after::date::text, metadata FROM reward_outbox.outbox",
		);
		expect(rows).toEqual([
			{
				trigger_id: "it's",
				user_id: "yes",
				payload: { value: 12 },
				ordering_key: "yes",
				deliver_after: "2040-01-01",
				metadata: {
					mine: 5,
					watch: "odd-name.1",
					table: `"Odd Shop"."My ""Orders"""`,
					key: { "Order Id": 5, select: "yes" },
				},
			},
		]);
		expect(await stateOf(database.current.pool, "odd-name.1")).toEqual({ state: "ok", problem: null });
		await query(`SELECT reward_outbox.unwatch('odd-name.1'); DROP SCHEMA "Odd Shop" CASCADE`);
	});

	test("a virtual generated column is refused: triggers do not see its value", async () => {
		const { rows } = await query("SELECT current_setting('server_version_num')::int AS n");
		if (rows[0]?.["n"] < 180000) return;
		await query(
			"CREATE TABLE orders (id int PRIMARY KEY, net numeric, gross numeric GENERATED ALWAYS AS (net * 2) VIRTUAL)",
		);
		const rule = { name: "v", table_name: "orders", trigger_id: "t", user_id: "NEW.id::text" };
		await expect(
			watch(database.current.pool, { ...rule, payload: "jsonb_build_object('value', NEW.gross)" }),
		).rejects.toThrow(/gross is a virtual generated column/);
		await watch(database.current.pool, { ...rule, payload: "jsonb_build_object('value', NEW.net * 2)" });
	});

	test("is off for a session that says so, and for one in replica mode", async () => {
		await watchedOrders();
		const client = await database.current.pool.connect();
		try {
			for (const [index, setting] of [
				"reward_outbox.watch = off",
				"reward_outbox.watch = 'FALSE'",
				"session_replication_role = replica",
			].entries()) {
				await client.query(`BEGIN; SET LOCAL ${setting}; INSERT INTO orders VALUES (${index}, 1, 1, 'paid'); COMMIT`);
			}
			await client.query("INSERT INTO orders VALUES (9, 9, 1, 'paid')");
		} finally {
			client.release();
		}
		expect(await users(database.current.pool)).toEqual(["9"]);
	});

	test("follows its table through a rename, and goes with it when it is dropped", async () => {
		await watchedOrders();
		await query("ALTER TABLE orders RENAME TO purchases; INSERT INTO purchases VALUES (1, 10, 1, 'paid')");
		const { rows } = await query("SELECT table_name, state FROM reward_outbox.watches");
		expect(rows).toEqual([{ table_name: "public.purchases", state: "ok" }]);
		expect(await users(database.current.pool)).toEqual(["10"]);
		await query("DROP TABLE purchases");
		expect((await query("SELECT FROM reward_outbox.watches")).rowCount).toBe(0);
		await query("CREATE TABLE other (id int)");
		await watch(database.current.pool, {
			name: "later",
			table_name: "other",
			trigger_id: "t",
			user_id: "NEW.id::text",
		});
		expect((await query("SELECT to_regprocedure('reward_outbox.watch_order_paid()') AS f")).rows).toEqual([
			{ f: null },
		]);
		await query("DROP TABLE other");
	});

	test("can be replaced in place, moved to another table and removed", async () => {
		await watchedOrders();
		await watch(database.current.pool, { ...ORDER_PAID, operations: "{UPDATE}", user_id: "'u' || NEW.customer_id" });
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'new'); UPDATE orders SET status = 'paid'");
		expect(await users(database.current.pool)).toEqual(["u20"]);
		await query("CREATE TABLE other (LIKE orders)");
		await watch(database.current.pool, { ...ORDER_PAID, table_name: "other" });
		expect((await query("SELECT FROM pg_trigger WHERE tgrelid = 'orders'::regclass")).rowCount).toBe(0);
		expect((await query("SELECT reward_outbox.unwatch('order_paid') AS done")).rows).toEqual([{ done: true }]);
		expect((await query("SELECT reward_outbox.unwatch('order_paid') AS done")).rows).toEqual([{ done: false }]);
		expect((await query("SELECT FROM pg_trigger WHERE tgrelid = 'other'::regclass")).rowCount).toBe(0);
		expect((await query("SELECT to_regprocedure('reward_outbox.watch_order_paid()') AS f")).rows).toEqual([
			{ f: null },
		]);
		await query("DROP TABLE other");
	});
});
