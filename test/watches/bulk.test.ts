import pg from "pg";
import { beforeEach, describe, expect, test } from "vitest";
import { checkWatches } from "../../src/doctor/watches.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ORDER_PAID, ORDERS, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);
const ROWS = 3_000;

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders CASCADE; DELETE FROM reward_outbox.watch_rules");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors");
	await query(ORDERS);
	await query(`INSERT INTO orders SELECT n, n, n, 'new' FROM generate_series(1, ${ROWS}) n`);
});

interface Counts {
	readonly records: number;
	readonly changes: number;
	readonly kept: number;
}

async function errors(): Promise<Counts> {
	const { rows } =
		await query(`SELECT count(*)::int AS records, coalesce(sum(changes), 0)::int AS changes, count(coalesce(new_row, old_row))::int AS kept
		FROM reward_outbox.watch_errors WHERE resolved_at IS NULL`);
	return rows[0] as unknown as Counts;
}

/** In as many batches as it takes: one ends in time. The last line of the last. */
async function replayAll(): Promise<unknown> {
	let last: unknown;
	for (;;) {
		const { rows } = await query("SELECT done, note FROM reward_outbox.replay_watch_errors()");
		if (rows.length === 0) return last;
		last = rows.at(-1);
	}
}

describe("a statement that changes many rows", () => {
	test.each([
		["the database's own settings", ""],
		["nothing but nested loops", "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off"],
		[
			"costs that make every plan equal",
			"SET cpu_tuple_cost = 0; SET cpu_operator_cost = 0; SET cpu_index_tuple_cost = 0",
		],
	])("is paired without a nested loop after plans were kept for single rows, with %s", async (_, settings) => {
		await watch(database.current.pool, ORDER_PAID);
		const client = new pg.Client(database.current.url);
		await client.connect();
		const plans: string[] = [];
		client.on("notice", ({ message = "" }) => plans.push(message));
		try {
			await client.query(settings);
			for (let id = 1; id <= 6; id++) await client.query("UPDATE orders SET status = 'paid' WHERE id = $1", [id]);
			await client.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
				SET auto_explain.log_level = 'notice'`);
			await client.query("UPDATE orders SET status = 'paid'");
		} finally {
			await client.end();
		}
		const joins = plans.filter((plan) => plan.includes("reward_old") && plan.includes("Join"));
		expect(joins.length).toBeGreaterThan(0);
		for (const plan of joins) expect(plan).not.toContain("Nested Loop  (cost");
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(ROWS);
	});

	test("and fails in every row is not asked row by row to the end; what it missed is counted and found again", async () => {
		await watch(database.current.pool, {
			...ORDER_PAID,
			user_id: "NULL::text",
			condition: `NEW.id > 5 AND ${ORDER_PAID.condition}`,
		});
		await query("UPDATE orders SET status = 'paid'");
		expect(await errors()).toEqual({ records: 103, changes: ROWS - 5, kept: 100 });
		await watch(database.current.pool, ORDER_PAID);
		const last = await replayAll();
		expect(last).toMatchObject({ done: true, note: expect.stringMatching(/^\d+ rows: \d+ emitted, 0 not needed$/) });
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(ROWS - 5);
		expect(await errors()).toEqual({ records: 0, changes: 0, kept: 0 });
	});

	describe.each([
		["with a primary key", "id bigint PRIMARY KEY"],
		["without one", "id bigint"],
	])("and fails in every row of a table %s", (_, id) => {
		test.each(["INSERT", "UPDATE", "DELETE"])(
			"is kept row by row for a while, and the rest at once: %s",
			async (operation) => {
				await query(`DROP TABLE orders; CREATE TABLE orders (${id}, customer_id bigint, total numeric, status text)`);
				const value = operation === "DELETE" ? "OLD" : "NEW";
				const rule = {
					...ORDER_PAID,
					operations: `{${operation}}`,
					condition: `${value}.id % 3 <> 0 AND (TG_OP <> 'UPDATE' OR OLD.status = 'new')`,
					payload: `jsonb_build_object('value', ${value}.total)`,
					idempotency_key: `'o-' || ${value}.id`,
				};
				await watch(database.current.pool, { ...rule, user_id: "NULL::text" });
				await query(`INSERT INTO orders SELECT n, n, n, 'new' FROM generate_series(1, ${ROWS}) n`);
				if (operation === "UPDATE") await query("UPDATE orders SET status = 'paid'");
				if (operation === "DELETE") await query("DELETE FROM orders");
				expect(await errors()).toMatchObject({ changes: (ROWS / 3) * 2, kept: 100 });
				await watch(database.current.pool, { ...rule, user_id: `${value}.customer_id::text` });
				await replayAll();
				expect(await errors()).toMatchObject({ changes: 0 });
				const { rows } = await query(
					"SELECT count(DISTINCT user_id)::int AS users, count(*)::int AS events FROM reward_outbox.outbox",
				);
				expect(rows).toEqual([{ users: (ROWS / 3) * 2, events: (ROWS / 3) * 2 }]);
			},
			60_000,
		);
	});

	test("and fails in every row, with a condition that cannot be told of the last, loses none of them", async () => {
		await watch(database.current.pool, {
			...ORDER_PAID,
			user_id: "NULL::text",
			condition: `OLD.status = 'new' AND 1 / (NEW.id - ${ROWS}) <= 0`,
		});
		await query("UPDATE orders SET status = 'paid'");
		expect(await errors()).toMatchObject({ changes: ROWS, kept: 100 });
	});

	test("and of which a few fail makes events of all the others", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, payload: "jsonb_build_object('value', 1 / (NEW.id % 500))" });
		await query("UPDATE orders SET status = 'paid'");
		expect(await errors()).toEqual({ records: 6, changes: 6, kept: 6 });
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(ROWS - 6);
	});

	test("and whose condition cannot be told is kept whole, by keys", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, condition: "1 / (NEW.id - NEW.id) > 0 OR OLD.id > 0" });
		await query("UPDATE orders SET status = 'paid'");
		expect(await errors()).toMatchObject({ changes: ROWS, kept: 100 });
	});

	test("is given up soon when the outbox is locked, and nothing of it is lost", async () => {
		await watch(database.current.pool, ORDER_PAID);
		const holder = new pg.Client(database.current.url);
		await holder.connect();
		try {
			await holder.query("BEGIN; LOCK TABLE reward_outbox.outbox IN ACCESS EXCLUSIVE MODE");
			await query("UPDATE orders SET status = 'paid' WHERE id <= 5");
		} finally {
			await holder.end();
		}
		expect((await query("SELECT error_code, more_keys FROM reward_outbox.watch_errors")).rows).toEqual([
			{ error_code: "55P03", more_keys: [1, 2, 3, 4, 5].map((id) => ({ id })) },
		]);
		await query("SELECT reward_outbox.replay_watch_errors()");
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(5);
	});

	test("is counted where a rollback does not reach when neither capturing nor recording is possible", async () => {
		await watch(database.current.pool, ORDER_PAID);
		const before = (await query("SELECT last_value::int AS n, is_called FROM reward_outbox.watch_misses")).rows[0];
		const holder = new pg.Client(database.current.url);
		await holder.connect();
		try {
			await holder.query("BEGIN; LOCK TABLE reward_outbox.outbox, reward_outbox.watch_errors IN ACCESS EXCLUSIVE MODE");
			await query("UPDATE orders SET status = 'paid' WHERE id <= 5");
		} finally {
			await holder.end();
		}
		const after = (await query("SELECT last_value::int AS n FROM reward_outbox.watch_misses")).rows[0];
		expect(after?.["n"]).toBe(before?.["is_called"] ? before["n"] + 1 : 1);
		expect(await checkWatches(database.current.pool)).toContainEqual(
			expect.objectContaining({ message: expect.stringMatching(/could be neither captured nor recorded/) }),
		);
	});
});

test.each([
	["making", () => watch(database.current.pool, ORDER_PAID), 1],
	["changing", () => watch(database.current.pool, { ...ORDER_PAID, user_id: "'changed'" }), 1],
	["removing", () => query("SELECT reward_outbox.unwatch('order_paid')"), 0],
] as const)(
	"%s a rule on a table that a transaction holds lets other writers go on meanwhile",
	async (what, change, after) => {
		if (what !== "making") await watch(database.current.pool, ORDER_PAID);
		const [holder, writer] = [new pg.Client(database.current.url), new pg.Client(database.current.url)];
		await Promise.all([holder.connect(), writer.connect()]);
		try {
			await holder.query("BEGIN; UPDATE orders SET status = 'held' WHERE id = 1");
			const changing = change();
			await writer.query("SET statement_timeout = '5s'");
			for (let id = 2; id < 6; id++) {
				await untilSomebodyWaits();
				await writer.query("UPDATE orders SET status = 'new' WHERE id = $1", [id]);
			}
			await holder.query("COMMIT");
			await changing;
		} finally {
			await Promise.all([holder.end(), writer.end()]);
		}
		await query("UPDATE orders SET status = 'paid' WHERE id = 1");
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(after);
	},
);

async function untilSomebodyWaits(): Promise<void> {
	for (;;) {
		const { rowCount } = await query(
			"SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
		);
		if (rowCount !== 0) return;
	}
}
