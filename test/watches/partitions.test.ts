import { beforeEach, describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { errorsOf, ORDER_PAID, stateOf, users, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders CASCADE");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors");
});

const { idempotency_key: _, ...NO_KEY } = ORDER_PAID;

test("capital letters in a rule's name lose nothing where one transaction writes new partitions and old ones", async () => {
	await query(`CREATE TABLE orders (id bigint, customer_id bigint, total numeric, status text) PARTITION BY RANGE (total);
		CREATE TABLE orders_small PARTITION OF orders FOR VALUES FROM (0) TO (100)`);
	await watch(database.current.pool, { ...NO_KEY, name: "Paid" });
	await query("CREATE TABLE orders_large PARTITION OF orders FOR VALUES FROM (100) TO (1000)");
	await query(`BEGIN; INSERT INTO orders_large VALUES (1, 10, 100, 'paid');
		INSERT INTO orders VALUES (2, 20, 1, 'paid'), (3, 30, 200, 'paid'); COMMIT`);
	expect((await users(database.current.pool, "Paid")).sort()).toEqual(["10", "20", "30"]);
});

describe("what a partitioned table loses or has too much of is said", () => {
	const problem = async () => (await stateOf(database.current.pool))?.problem;

	beforeEach(async () => {
		await query(`CREATE TABLE orders (id bigint, customer_id bigint, total numeric, status text) PARTITION BY RANGE (total);
			CREATE TABLE orders_small PARTITION OF orders FOR VALUES FROM (0) TO (100)`);
		await watch(database.current.pool, NO_KEY);
		await query("CREATE TABLE orders_large PARTITION OF orders FOR VALUES FROM (100) TO (1000)");
		expect(await problem()).toBe(null);
	});

	test("a trigger missing on a partition that had one of its own", async () => {
		await query("DROP TRIGGER reward_outbox_order_paid_update ON orders_small");
		expect(await problem()).toMatch(/lacks reward_outbox_order_paid_update/);
	});

	test("a trigger disabled on a partition, inherited or its own", async () => {
		await query("ALTER TABLE orders_large DISABLE TRIGGER USER");
		expect(await problem()).toMatch(/disabled: reward_outbox_order_paid_insert_r on public\.orders_large/);
	});

	test("triggers that stay on a partition which was detached", async () => {
		await query("ALTER TABLE orders DETACH PARTITION orders_small");
		expect(await problem()).toMatch(/triggers elsewhere too: reward_outbox_order_paid_insert on public\.orders_small/);
		await watch(database.current.pool, NO_KEY);
		expect(await problem()).toBe(null);
		await query("INSERT INTO orders_small VALUES (1, 10, 1, 'paid')");
		expect(await users(database.current.pool)).toEqual([]);
		await query("DROP TABLE orders_small");
	});
});

describe("a rule on a partitioned table", () => {
	beforeEach(async () => {
		await query(`CREATE TABLE orders (id bigint, customer_id bigint, total numeric, status text, PRIMARY KEY (id, total)) PARTITION BY RANGE (total);
			CREATE TABLE orders_small PARTITION OF orders FOR VALUES FROM (0) TO (100);
			CREATE TABLE orders_large (total numeric NOT NULL, status text, id bigint NOT NULL, customer_id bigint)`);
		await query("ALTER TABLE orders ATTACH PARTITION orders_large FOR VALUES FROM (100) TO (1000)");
		await watch(database.current.pool, NO_KEY);
	});

	test("sees what is written through the parent, once", async () => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 200, 'paid'), (3, 30, 300, 'new')");
		await query("UPDATE orders SET status = 'paid'");
		expect(await users(database.current.pool)).toEqual(["10", "20", "30"]);
	});

	test("sees what is written directly to a partition, one made later too", async () => {
		await query(
			"INSERT INTO orders_small VALUES (1, 10, 1, 'paid'); INSERT INTO orders_large VALUES (200, 'new', 2, 20)",
		);
		await query(
			"CREATE TABLE orders_huge PARTITION OF orders FOR VALUES FROM (1000) TO (10000) PARTITION BY RANGE (id)",
		);
		await query("CREATE TABLE orders_huge_all PARTITION OF orders_huge DEFAULT");
		await query(
			"UPDATE orders_large SET status = 'paid'; INSERT INTO orders_huge VALUES (3, 30, 3000, 'paid'); INSERT INTO orders_huge_all VALUES (4, 40, 3000, 'paid')",
		);
		await query("INSERT INTO orders VALUES (5, 50, 3000, 'paid')");
		expect(await users(database.current.pool)).toEqual(["10", "20", "30", "40", "50"]);
		expect(await stateOf(database.current.pool)).toEqual({ state: "ok", problem: null });
	});

	test("a paid order that moves to another partition is not paid again", async () => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 2, 'new')");
		await query("UPDATE orders SET total = total + 200");
		expect(await users(database.current.pool)).toEqual(["10"]);
		await query("UPDATE orders SET total = 5, status = 'paid'");
		expect(await users(database.current.pool)).toEqual(["10", "20"]);
	});

	test("a statement that failed on the parent does not hide later ones on a partition", async () => {
		await query(`DO $$ BEGIN INSERT INTO orders VALUES (1, 10, 1, 'paid'), (1, 10, 1, 'paid'); EXCEPTION WHEN unique_violation THEN
			INSERT INTO orders_small VALUES (2, 20, 1, 'paid'); INSERT INTO orders VALUES (3, 30, 1, 'paid') ON CONFLICT (id, total) DO UPDATE SET status = 'paid';
			INSERT INTO orders_small VALUES (4, 40, 1, 'paid'); END $$`);
		expect(await users(database.current.pool)).toEqual(["20", "30", "40"]);
	});

	test("rows that a trigger drops between partitions are recorded, not paired wrongly", async () => {
		await query("INSERT INTO orders VALUES (1, 10, 1, 'new'), (2, 20, 2, 'new'), (3, 30, 3, 'paid')");
		await query("TRUNCATE reward_outbox.outbox");
		await query(
			"CREATE OR REPLACE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 1 THEN RETURN NULL; END IF; RETURN NEW; END'",
		);
		await query("CREATE TRIGGER drop_it BEFORE INSERT ON orders_large FOR EACH ROW EXECUTE FUNCTION drop_it()");
		await query("UPDATE orders SET total = total + 200, status = 'paid'");
		expect(await users(database.current.pool)).toEqual([]);
		expect(await errorsOf(database.current.pool)).toMatchObject([{ error_code: "RO001", key: null }]);
	});

	test("a rule on one partition sees writes through the parent", async () => {
		await query("SELECT reward_outbox.unwatch('order_paid')");
		await watch(database.current.pool, { ...NO_KEY, table_name: "orders_small" });
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 200, 'paid'); INSERT INTO orders_small VALUES (3, 30, 3, 'new'); UPDATE orders SET status = 'paid'",
		);
		expect(await users(database.current.pool)).toEqual(["10", "30"]);
	});
});

describe("what is written to a partition while a statement on the table runs is seen, once", () => {
	const every = {
		name: "all",
		table_name: "orders",
		operations: "{INSERT,UPDATE,DELETE}",
		trigger_id_expr: "TG_OP",
		user_id: "coalesce(NEW.id, OLD.id)::text",
	};

	beforeEach(async () => {
		await query(`CREATE TABLE orders (id bigint, total numeric, status text) PARTITION BY RANGE (total);
			CREATE TABLE orders_small PARTITION OF orders FOR VALUES FROM (0) TO (100);
			CREATE TABLE orders_mid PARTITION OF orders FOR VALUES FROM (100) TO (200)`);
		await watch(database.current.pool, every);
		// Made after the rule: without a trigger of its own.
		await query("CREATE TABLE orders_late PARTITION OF orders FOR VALUES FROM (200) TO (300)");
	});

	/** What was captured since the last time: trigger and id. */
	async function seen(): Promise<string[]> {
		const { rows } = await query(
			"SELECT trigger_id, user_id FROM reward_outbox.outbox ORDER BY user_id::int, trigger_id",
		);
		await query("TRUNCATE reward_outbox.outbox");
		return rows.map((row) => `${row["trigger_id"]} ${row["user_id"]}`);
	}

	const ALSO = `INSERT INTO orders_small VALUES (i + 100, 1, 'new'); INSERT INTO orders_late VALUES (i + 200, 200, 'new');`;
	const BOTH = ["INSERT 1", "INSERT 2", "INSERT 101", "INSERT 102", "INSERT 201", "INSERT 202"];

	test("from a CTE", async () => {
		await query(`WITH a AS (INSERT INTO orders_small VALUES (1, 1, 'new')), b AS (INSERT INTO orders_late VALUES (2, 200, 'new'))
			INSERT INTO orders VALUES (3, 3, 'new'), (4, 204, 'new'), (5, 105, 'new')`);
		expect(await seen()).toEqual([1, 2, 3, 4, 5].map((id) => `INSERT ${id}`));
		await query(`WITH a AS (UPDATE orders_small SET status = 'x' WHERE id = 1), b AS (UPDATE orders_late SET status = 'x' WHERE id = 2)
			UPDATE orders SET status = 'y' WHERE id > 2`);
		expect(await seen()).toEqual([1, 2, 3, 4, 5].map((id) => `UPDATE ${id}`));
		await query(`WITH a AS (DELETE FROM orders_small WHERE id = 1), b AS (DELETE FROM orders_late WHERE id = 2)
			DELETE FROM orders WHERE id > 2`);
		expect(await seen()).toEqual([1, 2, 3, 4, 5].map((id) => `DELETE ${id}`));
	});

	test.each(["AFTER", "BEFORE"])("from an %s ROW trigger", async (when) => {
		await query(`CREATE OR REPLACE FUNCTION also() RETURNS trigger LANGUAGE plpgsql AS $$
			DECLARE i bigint := NEW.id; BEGIN IF i < 100 THEN ${ALSO} END IF; RETURN NEW; END $$;
			CREATE TRIGGER also ${when} INSERT ON orders FOR EACH ROW EXECUTE FUNCTION also()`);
		await query("INSERT INTO orders VALUES (1, 1, 'new'), (2, 201, 'new')");
		expect(await seen()).toEqual(BOTH);
	});

	test("from a function that the statement calls", async () => {
		await query(
			`CREATE OR REPLACE FUNCTION also(i bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN ${ALSO} RETURN i; END $$`,
		);
		await query("INSERT INTO orders SELECT also(n), n * 100, 'new' FROM generate_series(1, 2) n");
		expect(await seen()).toEqual(BOTH);
	});

	test("and an update that moves rows to a partition made later loses none, beside others that stay there", async () => {
		await watch(database.current.pool, { ...every, operations: "{UPDATE}", user_id: "NEW.id::text" });
		await query("CREATE TABLE orders_later PARTITION OF orders FOR VALUES FROM (300) TO (400)");
		await query("INSERT INTO orders VALUES (1, 300, 'new'), (2, 1, 'new'), (3, 101, 'new'), (4, 399, 'new')");
		await query("UPDATE orders SET total = 350 WHERE id < 4");
		expect(await seen()).toEqual(["UPDATE 1", "UPDATE 2", "UPDATE 3"]);
		await query("UPDATE orders SET total = id WHERE id IN (1, 4)");
		expect(await seen()).toEqual(["UPDATE 1", "UPDATE 4"]);
	});
});

describe("inheritance", () => {
	beforeEach(async () => {
		await query(
			"CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text); CREATE TABLE special_orders (extra text) INHERITS (orders)",
		);
	});

	test("a rule on the parent sees what is written through it, the children's rows included", async () => {
		await watch(database.current.pool, NO_KEY);
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'new'); INSERT INTO special_orders VALUES (2, 20, 2, 'new', 'x'); UPDATE orders SET status = 'paid'",
		);
		expect((await users(database.current.pool)).sort()).toEqual(["10", "20"]);
	});

	test("a rule on a child sees its rows however they are written", async () => {
		await watch(database.current.pool, { ...NO_KEY, table_name: "special_orders" });
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'new'); INSERT INTO special_orders VALUES (2, 20, 2, 'new', 'x'); UPDATE orders SET status = 'paid'",
		);
		await query("INSERT INTO special_orders VALUES (3, 30, 2, 'paid', 'x')");
		expect(await users(database.current.pool)).toEqual(["20", "30"]);
	});

	test("a table that becomes a child is reported", async () => {
		await query("CREATE TABLE late_orders (LIKE orders)");
		await watch(database.current.pool, { ...NO_KEY, table_name: "late_orders" });
		await query("ALTER TABLE late_orders INHERIT orders");
		expect(await stateOf(database.current.pool)).toMatchObject({
			state: "broken",
			problem: expect.stringMatching(/become part of another/),
		});
		await watch(database.current.pool, { ...NO_KEY, table_name: "late_orders" });
		await query("INSERT INTO late_orders VALUES (1, 10, 1, 'new'); UPDATE orders SET status = 'paid'");
		expect(await users(database.current.pool)).toEqual(["10"]);
	});
});

describe("foreign tables", () => {
	test("alone or as a partition, are watched row by row, and go on being written", async (context) => {
		const { rows } = await query("SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw'");
		if (rows.length === 0) context.skip();
		const url = new URL(database.current.url);
		await query(`CREATE EXTENSION IF NOT EXISTS postgres_fdw;
			CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname '${database.current.name}', port '${url.port}', host '${url.hostname}');
			CREATE USER MAPPING FOR CURRENT_USER SERVER self OPTIONS (user '${url.username}', password '${url.password}');
			CREATE TABLE real_orders (id bigint, customer_id bigint, total numeric, status text);
			CREATE TABLE orders (LIKE real_orders) PARTITION BY LIST (total);
			CREATE FOREIGN TABLE orders_far PARTITION OF orders FOR VALUES IN (1) SERVER self OPTIONS (table_name 'real_orders');
			CREATE TABLE orders_near PARTITION OF orders DEFAULT`);
		await watch(database.current.pool, NO_KEY);
		await watch(database.current.pool, { ...NO_KEY, name: "far", table_name: "orders_far" });
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'new'), (2, 20, 2, 'paid'); INSERT INTO orders_far VALUES (3, 30, 1, 'paid')",
		);
		await query("UPDATE orders SET status = 'paid'");
		expect((await users(database.current.pool)).sort()).toEqual(["10", "20", "30"]);
		expect((await users(database.current.pool, "far")).sort()).toEqual(["10", "30"]);
		expect(await errorsOf(database.current.pool)).toEqual([]);
		await query("DROP TABLE orders; DROP SERVER self CASCADE");
	});
});
