import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { accept, claimAll } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { errorsOf, ORDER_PAID, ORDERS, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);
const clients: pg.Client[] = [];

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders CASCADE; DELETE FROM reward_outbox.watch_rules");
	await query(
		"TRUNCATE reward_outbox.outbox, reward_outbox.event_states, reward_outbox.claims, reward_outbox.watch_errors",
	);
	await query(ORDERS);
});
afterEach(async () => {
	await Promise.all(clients.splice(0).map((client) => client.end()));
});

async function session(): Promise<pg.Client> {
	const client = new pg.Client(database.current.url);
	await client.connect();
	clients.push(client);
	return client;
}

const FIRST_ORDER = { ...ORDER_PAID, idempotency_key: "'customer-' || NEW.customer_id || '-first'" };

async function events(): Promise<Record<string, unknown>[]> {
	const { rows } = await query(
		"SELECT id::text, user_id, trigger_id, status, last_error FROM reward_outbox.events ORDER BY metadata -> 'key' ->> 'id'",
	);
	return rows;
}

describe("an idempotency key of a rule", () => {
	test("makes no transaction wait for another that captures the same key, and one of them is sent", async () => {
		await watch(database.current.pool, FIRST_ORDER);
		const [a, b] = [await session(), await session()];
		for (const client of [a, b])
			await client.query("SET statement_timeout = '5s'; SET deadlock_timeout = '20ms'; BEGIN");
		// In opposite order: with a unique index the first pair would wait, the second would be a deadlock.
		await a.query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		await b.query("INSERT INTO orders VALUES (2, 20, 2, 'paid')");
		await b.query("INSERT INTO orders VALUES (3, 10, 3, 'paid')");
		await a.query("INSERT INTO orders VALUES (4, 20, 4, 'paid')");
		await b.query("COMMIT");
		await a.query("COMMIT");
		expect(await errorsOf(database.current.pool)).toEqual([]);

		const claimed = await claimAll(database.current);
		expect(claimed.map((event) => event.userId).sort()).toEqual(["10", "20"]);
		const all = await events();
		const sent = all.filter((event) => event["status"] === "sending");
		const others = all.filter((event) => event["status"] === "cancelled");
		expect([sent.length, others.length]).toEqual([2, 2]);
		for (const other of others) {
			const first = sent.find((event) => event["user_id"] === other["user_id"]);
			expect(other["last_error"]).toContain(`duplicate of ${first?.["id"]}, which has the same idempotency key`);
		}
	});

	test("is kept by what was read first, although the other was inserted before it", async () => {
		await watch(database.current.pool, FIRST_ORDER);
		const [a, b] = [await session(), await session()];
		await a.query("BEGIN; INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		await b.query("INSERT INTO orders VALUES (2, 10, 2, 'paid')");
		expect(await claimAll(database.current)).toHaveLength(1);
		await a.query("COMMIT");
		expect(await claimAll(database.current)).toHaveLength(0);
		expect(await events()).toMatchObject([
			{ status: "cancelled", last_error: expect.stringMatching(/^duplicate of .* and another payload$/) },
			{ status: "sending" },
		]);
	});

	test("that another rule uses for another trigger loses nothing without a word", async () => {
		await watch(database.current.pool, ORDER_PAID);
		await watch(database.current.pool, { ...ORDER_PAID, name: "second", trigger_id: "another_trigger" });
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		expect(await claimAll(database.current)).toHaveLength(1);
		const statuses = (await events()).map((event) => event["status"]).sort();
		expect(statuses).toEqual(["dead", "sending"]);
		const dead = (await events()).find((event) => event["status"] === "dead");
		expect(dead?.["last_error"]).toMatch(
			/^its idempotency key is that of .*, an event of another trigger \(watch order_paid\)/,
		);
		const { rows } = await query("SELECT done FROM reward_outbox.retry_events(ARRAY[$1::uuid])", [dead?.["id"]]);
		expect(rows).toEqual([{ done: true }]);
		expect(await claimAll(database.current)).toHaveLength(1);
	});

	test("works with expressions of other types, which become text as in an INSERT", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "NEW.customer_id", idempotency_key: "NEW.id" });
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 1, 'paid')");
		expect((await query("SELECT user_id, idempotency_key FROM reward_outbox.events ORDER BY user_id")).rows).toEqual([
			{ user_id: "10", idempotency_key: "1" },
			{ user_id: "20", idempotency_key: "2" },
		]);
		expect(await errorsOf(database.current.pool)).toEqual([]);
	});

	test("does not depend on what the session sets", async () => {
		await query(`DROP TABLE orders;
			CREATE TABLE orders (id int PRIMARY KEY, d date, ts timestamptz, i interval, f float8, b bytea, a text[], m money, n numeric)`);
		await watch(database.current.pool, {
			name: "styles",
			table_name: "orders",
			trigger_id: "t",
			user_id: "'u' || NEW.id",
			idempotency_key: `concat_ws('|', NEW.id, NEW.d, NEW.ts, NEW.i, NEW.f, NEW.b, NEW.a, NEW.m, to_char(NEW.n, 'FM9D9'),
				to_char(NEW.ts, 'TMMonth'), to_tsvector('running dogs'), 'public.orders'::regclass, NEW.n = NULL)`,
		});
		const row = `INSERT INTO orders VALUES (1, '2026-03-04', '2026-03-04 05:06:07+00', '26 hours', 0.1::float8 + 0.2, '\\x00ff', '{a,NULL}', 1.5, 1.5)`;
		await query(row);
		const client = await database.current.pool.connect();
		try {
			await client.query(`BEGIN; DELETE FROM orders; SET LOCAL DateStyle = 'German'; SET LOCAL TimeZone = 'Asia/Tokyo';
				SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = -5; SET LOCAL bytea_output = 'escape';
				SET LOCAL quote_all_identifiers = on; SET LOCAL default_text_search_config = 'german'; SET LOCAL xmlbinary = hex;
				SET LOCAL transform_null_equals = on; SET LOCAL search_path = ''`);
			await client.query(row.replace("INTO orders", "INTO public.orders").replace("2026-03-04'", "4.3.2026'"));
			await client.query("COMMIT");
		} finally {
			client.release(true);
		}
		const { rows } = await query(
			"SELECT DISTINCT captured_key FROM reward_outbox.outbox UNION ALL SELECT error_message FROM reward_outbox.watch_errors",
		);
		expect(rows).toHaveLength(1);
	});

	test("that was captured before makes no further row", async () => {
		await watch(database.current.pool, FIRST_ORDER);
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 10, 2, 'paid')");
		await query("UPDATE orders SET status = 'new'");
		await query("UPDATE orders SET status = 'paid'");
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(1);
	});

	test("that is null is an error of the rule, not an event that could be made twice", async () => {
		await watch(database.current.pool, {
			...ORDER_PAID,
			idempotency_key: "'customer-' || NEW.customer_id",
			user_id: "NEW.id::text",
		});
		await query("INSERT INTO orders VALUES (1, NULL, 1, 'paid'), (2, 20, 1, 'paid')");
		expect((await query("SELECT user_id FROM reward_outbox.outbox")).rows).toEqual([{ user_id: "2" }]);
		expect(await errorsOf(database.current.pool)).toMatchObject([
			{ key: { id: 1 }, error_code: "23502", error_message: "idempotency_key is null: the event could be made twice" },
		]);
	});

	test("that the application has emitted makes a duplicate of what is captured", async () => {
		await watch(database.current.pool, ORDER_PAID);
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid'), (2, 20, 2, 'paid')");
		const { rows } = await query(
			"SELECT trigger_id, user_id, payload::text, captured_key, idempotency_key FROM reward_outbox.outbox ORDER BY captured_key",
		);
		expect(rows).toMatchObject([{ idempotency_key: null }, { idempotency_key: null }]);
		await query("TRUNCATE reward_outbox.outbox");
		const { trigger_id, user_id, payload, captured_key } = rows[0] ?? {};
		const values = [trigger_id, user_id, payload, captured_key];
		const emitted = await query("SELECT reward_outbox.emit($1, $2, $3, $4) AS id", values);
		await query("UPDATE orders SET status = 'new'");
		await query("UPDATE orders SET status = 'paid'");
		expect(await claimAll(database.current)).toHaveLength(2);
		const found = await query(
			"SELECT status, last_error, source FROM reward_outbox.events WHERE idempotency_key = $1",
			[captured_key],
		);
		expect(found.rows).toHaveLength(2);
		expect(found.rows).toContainEqual({ status: "sending", last_error: null, source: null });
		expect(found.rows).toContainEqual({
			status: "cancelled",
			last_error: `duplicate of ${emitted.rows[0]?.["id"]}, which has the same idempotency key`,
			source: "order_paid",
		});
	});

	test("is free again once its event is pruned", async () => {
		await watch(database.current.pool, ORDER_PAID);
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		await accept(database.current, await claimAll(database.current));
		await query("SELECT reward_outbox.prune(clock_timestamp(), NULL, 100)");
		expect((await query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(0);
		await query("UPDATE orders SET status = 'new'");
		await query("UPDATE orders SET status = 'paid'");
		expect(await claimAll(database.current)).toHaveLength(1);
	});

	test("does not stand in the way of an event with a key that is emitted", async () => {
		await watch(database.current.pool, ORDER_PAID);
		await query("INSERT INTO orders VALUES (1, 10, 1, 'paid')");
		await query("SELECT reward_outbox.emit('t', 'u', idempotency_key => 'k')");
		await query("SELECT reward_outbox.emit('t', 'u', idempotency_key => 'k')");
		expect(await claimAll(database.current)).toHaveLength(2);
	});
});
