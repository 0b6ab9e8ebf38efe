import pg from "pg";
import { beforeEach, describe, expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";
import { captured, errorsOf, ORDER_PAID, ORDERS, stateOf, users, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders CASCADE");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors");
	await query("DELETE FROM reward_outbox.watch_rules");
	await query(ORDERS);
});

describe("on_error record", () => {
	test("records the failing rows of a statement and emits the others", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, payload: "jsonb_build_object('value', 10 / NEW.total)" });
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 0, 'paid'), (3, 30, 5, 'new'), (4, NULL, 5, 'paid'), (5, 50, 2, 'paid')",
		);
		await query("UPDATE orders SET status = 'paid', total = 0 WHERE id = 3");
		expect(await users(database.current.pool)).toEqual(["10", "50"]);
		expect(await errorsOf(database.current.pool)).toMatchObject([
			{
				operation: "INSERT",
				key: { id: 2 },
				error_code: "22012",
				error_message: "division by zero",
				new_row: { id: 2, total: 0 },
				old_row: null,
			},
			{ operation: "INSERT", key: { id: 4 }, error_code: "23502" },
			{
				operation: "UPDATE",
				key: { id: 3 },
				error_code: "22012",
				new_row: { status: "paid" },
				old_row: { status: "new" },
			},
		]);
	});

	test.each([
		["a condition that raises", { condition: "1 / NEW.id = 1" }, "22012"],
		["an invalid user id", { user_id: "'..'" }, "23514"],
		["a payload that is not an object", { payload: "'[1]'::jsonb" }, "23514"],
		["a failing assertion in a function", { condition: "public.assert_it(NEW.id)" }, "P0004"],
	])("%s does not fail the writer", async (_, change, code) => {
		await query(
			"CREATE OR REPLACE FUNCTION public.assert_it(id bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN ASSERT id > 0; RETURN true; END'",
		);
		await watch(database.current.pool, { ...ORDER_PAID, ...change });
		await query("INSERT INTO orders VALUES (0, 10, 1, 'paid')");
		expect(await errorsOf(database.current.pool)).toMatchObject([{ error_code: code }]);
		expect((await query("SELECT FROM orders")).rowCount).toBe(1);
	});

	test("row-level rules record in the same way", async () => {
		await query("DROP TABLE orders");
		await query(
			"CREATE TABLE parent (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text); CREATE TABLE orders (PRIMARY KEY (id)) INHERITS (parent)",
		);
		await watch(database.current.pool, ORDER_PAID);
		await query(
			"INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, NULL, 1, 'paid'); UPDATE parent SET status = 'new'; UPDATE parent SET status = 'paid'",
		);
		expect(await users(database.current.pool)).toEqual(["10"]);
		expect(await errorsOf(database.current.pool)).toMatchObject([
			{ operation: "INSERT", key: { id: 2 }, old_row: null },
			{ operation: "UPDATE", key: { id: 2 }, old_row: { status: "new" } },
		]);
		await query("DROP TABLE parent CASCADE");
	});

	test("a column that was renamed or dropped is recorded and shown; mended and replayed, nothing is missing", async () => {
		await watch(database.current.pool, ORDER_PAID);
		await query("INSERT INTO orders VALUES (1, 10, 1.50, 'new')");
		await query("ALTER TABLE orders RENAME total TO amount");
		await query(
			"UPDATE orders SET status = 'paid'; INSERT INTO orders VALUES (2, 20, 2, 'new'), (3, 30, 3, 'paid'); UPDATE orders SET status = 'new' WHERE id = 3",
		);
		expect(await errorsOf(database.current.pool)).toMatchObject([
			{ key: { id: 1 }, error_code: "42703" },
			{ key: { id: 3 }, error_code: "42703" },
		]);
		expect(await stateOf(database.current.pool)).toEqual({
			state: "broken",
			problem: "column new.total does not exist",
		});

		const inVain = await query("SELECT done, note FROM reward_outbox.replay_watch_errors()");
		expect(inVain.rows).toEqual(Array(2).fill({ done: false, note: "column new.total does not exist" }));

		await watch(database.current.pool, { ...ORDER_PAID, payload: "jsonb_build_object('value', NEW.amount)" });
		const two = await Promise.all(
			[1, 2].map(() => query("SELECT note FROM reward_outbox.replay_watch_errors('order_paid') ORDER BY error_no")),
		);
		const notes = two.flatMap((result) => result.rows.map((row) => row["note"])).sort();
		expect(notes).toEqual(["emitted", "emitted"]);
		expect(await captured(database.current.pool)).toEqual([
			{ user_id: "10", payload: { value: 1.5 } },
			{ user_id: "30", payload: { value: 3 } },
		]);
		expect((await errorsOf(database.current.pool)).every((error) => error.resolved_at !== null)).toBe(true);
		expect((await query("SELECT FROM reward_outbox.replay_watch_errors()")).rowCount).toBe(0);
	});

	test.each([
		["statement by statement", "NEW.status = 'paid' AND OLD.status = 'new'"],
		["row by row", "NEW IS DISTINCT FROM OLD AND NEW.status = 'paid'"],
	])("a column that gets another type fails nothing in sessions that are open, watched %s", async (_, condition) => {
		await watch(database.current.pool, {
			...ORDER_PAID,
			condition: `${condition} AND to_jsonb(NEW) IS NOT NULL`,
			user_id: "coalesce(NEW.customer_id, OLD.customer_id)::text",
			payload: "jsonb_build_object('value', NEW.total, 'row', to_jsonb(NEW))",
			operations: "{UPDATE}",
		});
		await query("INSERT INTO orders SELECT n, n * 10, 1, 'new' FROM generate_series(1, 20) n");
		const session = new pg.Client(database.current.url);
		await session.connect();
		try {
			// Often enough for plans to be kept.
			for (let id = 1; id <= 8; id++) await session.query(`UPDATE orders SET status = 'paid' WHERE id = ${id}`);
			await query("ALTER TABLE orders ALTER COLUMN customer_id TYPE integer, ALTER COLUMN total TYPE text");
			await query("SELECT reward_outbox.check_rule('order_paid')");
			await query("ALTER TABLE orders ALTER COLUMN total TYPE integer USING total::integer");
			for (let id = 9; id <= 12; id++) await session.query(`UPDATE orders SET status = 'paid' WHERE id = ${id}`);
			await session.query("UPDATE orders SET status = 'paid' WHERE id > 12");
		} finally {
			await session.end();
		}
		expect(await errorsOf(database.current.pool)).toEqual([]);
		expect((await users(database.current.pool)).length).toBe(20);
	});

	test("a condition that cannot be told keeps every row; the replay tells them apart", async () => {
		await watch(database.current.pool, ORDER_PAID);
		await query(
			"ALTER TABLE orders RENAME status TO state; INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 2, 'new'), (3, 30, 3, 'paid')",
		);
		expect((await errorsOf(database.current.pool)).length).toBe(3);
		await watch(database.current.pool, { ...ORDER_PAID, condition: "NEW.state = 'paid'" });
		const { rows } = await query("SELECT key, note FROM reward_outbox.replay_watch_errors()");
		expect(rows).toEqual([
			{ key: { id: 1 }, note: "emitted" },
			{ key: { id: 2 }, note: "the rule does not apply to this row" },
			{ key: { id: 3 }, note: "emitted" },
		]);
		expect(await users(database.current.pool)).toEqual(["10", "30"]);
	});

	test("a row kept before a column was renamed is not replayed as if that column were null", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "NULL::text" });
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		await query("ALTER TABLE orders RENAME status TO state");
		await watch(database.current.pool, { ...ORDER_PAID, condition: "NEW.state = 'paid'" });
		const replay = "SELECT done, note FROM reward_outbox.replay_watch_errors()";
		expect((await query(replay)).rows).toEqual([
			{ done: false, note: expect.stringMatching(/columns status, .* without state: if that is a rename/) },
		]);
		await query(
			"UPDATE reward_outbox.watch_errors SET new_row = new_row - 'status' || jsonb_build_object('state', new_row -> 'status')",
		);
		expect((await query(replay)).rows).toEqual([{ done: true, note: "emitted" }]);
	});

	test("when the failure cannot be recorded either, the writer still goes on and is warned, and it is counted", async () => {
		const missed = async () =>
			(await query("SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int AS n FROM reward_outbox.watch_misses"))
				.rows[0]?.["n"];
		const before = await missed();
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "NULL::text" });
		await query(
			"ALTER TABLE reward_outbox.watch_errors ADD CONSTRAINT full_disk CHECK (watch <> 'order_paid') NOT VALID",
		);
		const client = await database.current.pool.connect();
		const notices: string[] = [];
		client.on("notice", (notice) => notices.push(notice.message ?? ""));
		try {
			await client.query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		} finally {
			client.removeAllListeners("notice");
			client.release();
			await query("ALTER TABLE reward_outbox.watch_errors DROP CONSTRAINT full_disk");
		}
		expect(notices).toEqual([
			expect.stringMatching(
				/^watch order_paid could neither capture a row of public.orders nor record that: .*full_disk/,
			),
		]);
		expect(await missed()).toBe(before + 1);
	});

	test("rows too large to be kept are recorded without them, and can be dismissed", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "NEW.status", condition: "NEW.id = 1" });
		await query("INSERT INTO orders VALUES (1, 10, 1, repeat('x', 2000000))");
		expect(await errorsOf(database.current.pool)).toMatchObject([{ key: { id: 1 }, new_row: null, old_row: null }]);
		expect((await query("SELECT done, note FROM reward_outbox.replay_watch_errors()")).rows).toMatchObject([
			{ done: false, note: expect.stringMatching(/^the row itself was not kept/) },
		]);
		const { rows } = await query(
			"SELECT reward_outbox.dismiss_watch_errors('order_paid', NULL, 'emitted by hand', 'ann') AS n",
		);
		expect(rows).toEqual([{ n: "1" }]);
		expect(await errorsOf(database.current.pool)).toMatchObject([{ resolution: "dismissed by ann: emitted by hand" }]);
	});

	test("a cancelled statement is cancelled: that is not swallowed", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, condition: "pg_sleep(10) IS NOT NULL" });
		const client = await database.current.pool.connect();
		try {
			await client.query("SET statement_timeout = 200");
			await expect(client.query("INSERT INTO orders VALUES (1, 10, 1, 'paid')")).rejects.toMatchObject({
				code: "57014",
			});
		} finally {
			await client.query("RESET statement_timeout");
			client.release();
		}
		expect(await errorsOf(database.current.pool)).toEqual([]);
	});

	test("a serialization failure is the writer's under SERIALIZABLE, and recorded under REPEATABLE READ", async () => {
		await query(
			"CREATE OR REPLACE FUNCTION public.conflict() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE serialization_failure; END $$",
		);
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "public.conflict()" });
		for (const [level, code] of [
			["SERIALIZABLE", "40001"],
			["REPEATABLE READ", null],
		] as const) {
			const client = await database.current.pool.connect();
			try {
				await client.query(`BEGIN ISOLATION LEVEL ${level}; SELECT 1`);
				const outcome = await client.query("INSERT INTO orders VALUES (1, 10, 1, 'paid')").then(
					() => null,
					(error: pg.DatabaseError) => error.code,
				);
				expect(outcome).toBe(code);
				await client.query(code === null ? "COMMIT" : "ROLLBACK");
			} finally {
				client.release();
			}
			expect((await errorsOf(database.current.pool)).map((error) => error.error_code)).toEqual(
				code === null ? ["40001"] : [],
			);
		}
	});
});

describe("on_error raise", () => {
	test("fails the statement with an error that names the rule and the row", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, on_error: "raise" });
		await expect(query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, NULL, 1, 'paid')")).rejects.toMatchObject({
			code: "23502",
			message: expect.stringMatching(
				/^watch order_paid failed on public\.orders \{"id": 2\}: null value in column "user_id"/,
			),
		});
		expect((await query("SELECT FROM orders")).rowCount).toBe(0);
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		expect(await users(database.current.pool)).toEqual(["10"]);
		expect(await errorsOf(database.current.pool)).toEqual([]);
	});
});
