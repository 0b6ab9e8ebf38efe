import pg from "pg";
import { beforeEach, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { captured, errorsOf, ORDER_PAID, ORDERS, users, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);

const KINDS: Readonly<Record<string, [type: string, value: string]>> = {
	hs: ["hstore", `'a=>1, "b c"=>NULL, d=>"x\\"y"'`],
	js: ["json", `'{"a": 1, "a": 2, "n": null}'`],
	jb: ["jsonb", "'null'"],
	ai: ["integer[]", "'[0:1]={7,NULL}'"],
	at: ["text[]", `'{"a b",NULL,"NULL",""}'`],
	pair: ["pair", `'(1,"x, ""y""")'`],
	pairs: ["pair[]", `ARRAY['(1,"a b")'::pair, NULL]`],
	dom: ["few", "'{3,4}'"],
	dr: ["daterange", "'[2026-03-04,2026-04-05)'"],
	tr: ["tstzrange", "'[2026-03-04 05:06:07+00,infinity)'"],
	mr: ["nummultirange", "'{[1.50,2.50),[7,8]}'"],
	d: ["date", "'2026-03-04'"],
	bc: ["date", "'0044-03-15 BC'"],
	ts: ["timestamptz", "'2026-03-04 05:06:07.123456+00'"],
	inf: ["timestamp", "'infinity'"],
	i: ["interval", "'-1 year 2 mons -3 days 04:05:06.7'"],
	f8: ["float8", "0.1::float8 + 0.2"],
	nan: ["float8", "'NaN'"],
	n: ["numeric", "12345678901234567890.1200"],
	nn: ["numeric", "'NaN'"],
	m: ["money", "1234.5"],
	b: ["bytea", "'\\x00ff27'"],
	bits: ["varbit", "B'10110'"],
	net: ["inet", "'10.1.2.3/8'"],
	tv: ["tsvector", "'a:1 b:2'"],
	pt: ["point", "'(1.5,-2)'"],
	e: ["mood", "'so so'"],
	t: ["text", "E'line\\nbreak \\\\ and \"quotes\"'"],
};

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders, public.kinds CASCADE; DELETE FROM reward_outbox.watch_rules");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors");
});

const replay = async () =>
	(await query("SELECT error_no::int, done, note FROM reward_outbox.replay_watch_errors()")).rows;

test("a row of values that JSON does not carry, written under other styles, is replayed as it was", async (context) => {
	const { rowCount } = await query("SELECT FROM pg_available_extensions WHERE name = 'hstore'");
	if (rowCount === 0) context.skip();
	await query(`DROP TYPE IF EXISTS pair CASCADE; DROP DOMAIN IF EXISTS few; DROP TYPE IF EXISTS mood;
		CREATE EXTENSION IF NOT EXISTS hstore; CREATE TYPE pair AS (a int, b text); CREATE DOMAIN few AS int[]; CREATE TYPE mood AS ENUM ('so so')`);
	const columns = Object.entries(KINDS).map(([name, [type]]) => `${name} ${type}`);
	await query(`CREATE TABLE kinds (id int PRIMARY KEY, ${columns.join(", ")})`);
	const rule = {
		name: "kinds",
		table_name: "kinds",
		operations: "{UPDATE}",
		trigger_id: "t",
		payload: "jsonb_build_object('was', OLD::text, 'is', NEW::text)",
	};
	await query(
		`INSERT INTO kinds VALUES (1, ${Object.values(KINDS)
			.map(([, value]) => value)
			.join(", ")})`,
	);
	// What it should make of the row, from the same rule while it works.
	await watch(database.current.pool, { ...rule, user_id: "'u'" });
	await query("UPDATE kinds SET id = 1");
	const [expected] = await captured(database.current.pool, "kinds");
	await query("TRUNCATE reward_outbox.outbox");
	await watch(database.current.pool, { ...rule, user_id: "NULL::text" });
	const odd = new pg.Client(database.current.url);
	await odd.connect();
	try {
		await odd.query(`SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape';
			SET extra_float_digits = -3; SET array_nulls = off; UPDATE kinds SET id = 1; DELETE FROM kinds`);
		expect(await errorsOf(database.current.pool, "kinds")).toHaveLength(1);
		await watch(database.current.pool, { ...rule, user_id: "'u'" });
		expect((await odd.query("SELECT done, note FROM reward_outbox.replay_watch_errors()")).rows).toEqual([
			{ done: true, note: "emitted" },
		]);
	} finally {
		await odd.end();
	}
	expect(await captured(database.current.pool, "kinds")).toEqual([expected]);
});

test("a dropped and another added column: replayed where the rule names neither, else the reason says what to do", async () => {
	await query(ORDERS);
	await watch(database.current.pool, { ...ORDER_PAID, user_id: "NULL::text" });
	await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
	await query("ALTER TABLE orders ADD COLUMN colour text DEFAULT 'red'; ALTER TABLE orders ADD COLUMN amount numeric");
	await query("ALTER TABLE orders DROP COLUMN total");
	await watch(database.current.pool, { ...ORDER_PAID, payload: "jsonb_build_object('value', NEW.amount)" });
	const [left] = await replay();
	expect(left?.["note"]).toMatch(
		/kept with the columns total, which the table no longer has, and without amount: if that is a rename/,
	);
	await query(
		"UPDATE reward_outbox.watch_errors SET new_row = new_row - 'total' || jsonb_build_object('amount', new_row -> 'total')",
	);
	expect(await replay()).toMatchObject([{ done: true, note: "emitted" }]);
	expect(await captured(database.current.pool)).toEqual([{ user_id: "10", payload: { value: 1 } }]);

	await watch(database.current.pool, { ...ORDER_PAID, payload: "'{}'", user_id: "NULL::text" });
	await query("INSERT INTO orders VALUES (2, 20, 'paid')");
	await query("ALTER TABLE orders DROP COLUMN colour; ALTER TABLE orders ADD COLUMN size int");
	await watch(database.current.pool, { ...ORDER_PAID, payload: "'{}'" });
	expect(await replay()).toMatchObject([{ done: true, note: "emitted" }]);
});

test("rows of which neither the row nor the key could be kept stay missing, and the reason says what to do", async () => {
	await query(ORDERS);
	await watch(database.current.pool, ORDER_PAID);
	await query(`INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, error_code, error_message, more_keys, changes)
		VALUES ('order_paid', 'public.orders', 'UPDATE', '22P05', 'x', '[null, {"id": 1}]', 2), ('order_paid', 'public.orders', 'UPDATE', '22P05', 'x', NULL, 1)`);
	await query(
		"INSERT INTO orders VALUES (1, 10, 1, 'new'); SET reward_outbox.watch = off; UPDATE orders SET status = 'paid'; RESET reward_outbox.watch",
	);
	const rows = await replay();
	for (const row of rows) {
		expect(row["done"]).toBe(false);
		expect(row["note"]).toMatch(/neither the row nor its primary key could be kept.*emit by hand, then dismiss/);
		expect(row["note"]).not.toMatch(/too large/);
	}
	expect(await users(database.current.pool)).toEqual(["10"]);
	expect(await errorsOf(database.current.pool)).toMatchObject([{ more_keys: [null], changes: 1 }, {}]);
});

test("a row for which the rule takes longer than a statement may is left with the reason; the others are replayed", async () => {
	await query(ORDERS);
	await watch(database.current.pool, { ...ORDER_PAID, user_id: "NULL::text" });
	await query("INSERT INTO orders SELECT n, n, n, 'paid' FROM generate_series(1, 3) n");
	await watch(database.current.pool, {
		...ORDER_PAID,
		condition: "CASE NEW.id WHEN 2 THEN pg_sleep(60) IS NOT NULL ELSE true END",
	});
	const session = new pg.Client(database.current.url);
	await session.connect();
	try {
		await session.query("SET statement_timeout = '700ms'");
		const notes: unknown[] = [];
		for (let after = 0; ; ) {
			const { rows } = await session.query(
				"SELECT error_no::int, note FROM reward_outbox.replay_watch_errors(p_after => $1)",
				[after],
			);
			if (rows.length === 0) break;
			notes.push(...rows.map((row) => row["note"]));
			after = rows.at(-1)?.["error_no"];
		}
		expect(notes).toEqual(["emitted", expect.stringMatching(/cancelled: the rule takes longer/), "emitted"]);
	} finally {
		await session.end();
	}
	expect(await users(database.current.pool)).toEqual(["1", "3"]);
	expect(await errorsOf(database.current.pool)).toMatchObject([{}, { error_code: "57014", resolved_at: null }, {}]);
});
