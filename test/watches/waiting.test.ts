import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WAKE_LOCK } from "../../src/store/wake-lock.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { errorsOf, ORDER_PAID, ORDERS, users, watch } from "./rules.ts";

const database = useTestDatabase();
const query = (text: string, values?: readonly unknown[]) => database.current.query(text, values);
const sessions: pg.Client[] = [];

async function session(): Promise<pg.Client> {
	const client = new pg.Client(database.current.url);
	await client.connect();
	sessions.push(client);
	return client;
}

beforeEach(async () => {
	await query("DROP TABLE IF EXISTS public.orders CASCADE; DELETE FROM reward_outbox.watch_rules");
	await query("TRUNCATE reward_outbox.outbox, reward_outbox.watch_errors");
	await query(ORDERS);
	await query("INSERT INTO orders SELECT n, n, n, 'new' FROM generate_series(1, 2000) n");
	await watch(database.current.pool, ORDER_PAID);
});

afterEach(async () => {
	await Promise.all(sessions.splice(0).map((client) => client.end()));
});

describe("PREPARE TRANSACTION", () => {
	/** As a relay does that waits to be notified. */
	const relayWaits = async () => (await session()).query(`SELECT pg_advisory_lock(${WAKE_LOCK})`);

	test("works on a watched table while a relay waits to be notified, and what was captured is committed with it", async () => {
		await relayWaits();
		const shop = await session();
		await shop.query("BEGIN; UPDATE orders SET status = 'paid' WHERE id = 1; PREPARE TRANSACTION 'shop'");
		await shop.query("COMMIT PREPARED 'shop'");
		expect(await users(database.current.pool)).toEqual(["1"]);
		expect((await query("SELECT silent FROM reward_outbox.outbox")).rows).toEqual([{ silent: false }]);
	});

	test("is given up for being notified where the setting says so, as for who writes the outbox", async () => {
		await relayWaits();
		const shop = await session();
		await shop.query("SET reward_outbox.notify = on; BEGIN; UPDATE orders SET status = 'paid' WHERE id = 1");
		await expect(shop.query("PREPARE TRANSACTION 'shop'")).rejects.toThrow(/NOTIFY/);
	});
});

describe("somebody who holds our tables", () => {
	test.each([
		["statement by statement", ORDER_PAID.condition],
		["row by row", `${ORDER_PAID.condition} AND NEW IS DISTINCT FROM OLD`],
	])("is waited for once, not in every statement and for every row, watched %s", async (_, condition) => {
		await watch(database.current.pool, { ...ORDER_PAID, condition });
		const holder = await session();
		const shop = await session();
		await shop.query("SET statement_timeout = '20s'");
		await holder.query("BEGIN; LOCK TABLE reward_outbox.outbox, reward_outbox.watch_errors IN ACCESS EXCLUSIVE MODE");
		await shop.query("UPDATE orders SET status = 'paid' WHERE id = 1");
		// With half a second for each lock these would take minutes.
		await shop.query("UPDATE orders SET status = 'paid' WHERE id BETWEEN 2 AND 200");
		for (let id = 201; id <= 210; id++) {
			await shop.query("SET statement_timeout = '450ms'");
			// Five seconds later one statement waits again.
			await shop.query("SELECT set_config('reward_outbox.locked_until', '99991231235959000000', false)");
			await shop.query("UPDATE orders SET status = 'paid' WHERE id = $1", [id]);
		}
		await holder.query("ROLLBACK");
		expect((await query("SELECT FROM orders WHERE status = 'paid'")).rowCount).toBe(210);
	});
});

describe("a rule that fails in statement after statement", () => {
	test("keeps a thousand rows whole in an hour, the others by their keys; all are counted and found again", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "NULL::text" });
		const shop = await session();
		for (let id = 1; id <= 1010; id++) await shop.query(`UPDATE orders SET status = 'paid' WHERE id = ${id}`);
		const { rows } = await query(`
			SELECT count(new_row)::int AS kept, sum(changes)::int AS changes, count(more_keys)::int AS "byKey"
			FROM reward_outbox.watch_errors`);
		expect(rows).toEqual([{ kept: 1000, changes: 1010, byKey: 10 }]);
		await watch(database.current.pool, ORDER_PAID);
		while ((await query("SELECT FROM reward_outbox.replay_watch_errors()")).rowCount !== 0);
		expect((await users(database.current.pool)).length).toBe(1010);
	}, 60_000);
});

describe("a key that the rule has used before", () => {
	test("is looked up by the key, however many events its user has", async () => {
		await watch(database.current.pool, { ...ORDER_PAID, user_id: "'guest'" });
		await query("UPDATE orders SET status = 'paid'");
		await query("ANALYZE reward_outbox.outbox");
		const shop = await session();
		const plans: string[] = [];
		shop.on("notice", ({ message = "" }) => plans.push(message));
		await shop.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
			SET auto_explain.log_level = 'notice'`);
		await shop.query("INSERT INTO orders VALUES (3000, 1, 1, 'paid')");
		const lookups = plans.filter((plan) => plan.includes("outbox_captured_key"));
		expect(lookups.length).toBeGreaterThan(0);
		for (const plan of plans) expect(plan).not.toContain("outbox_user");
	});
});

describe("a rule whose expression writes a table with a rule", () => {
	test("captures under its own name all the same", async () => {
		await query(`DROP TABLE IF EXISTS visits; CREATE TABLE visits (id bigint);
			CREATE OR REPLACE FUNCTION visit(i bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.visits VALUES (i); RETURN i; END $$`);
		await watch(database.current.pool, {
			name: "visited",
			table_name: "visits",
			trigger_id: "t",
			user_id: "NEW.id::text",
		});
		for (const idempotency_key of [undefined, ORDER_PAID.idempotency_key]) {
			const { idempotency_key: _, ...rule } = ORDER_PAID;
			await query("TRUNCATE reward_outbox.outbox");
			await watch(database.current.pool, {
				...rule,
				user_id: "public.visit(NEW.id)::text",
				...(idempotency_key === undefined ? {} : { idempotency_key }),
			});
			await query(
				"INSERT INTO orders VALUES (5000, 1, 1, 'paid'), (5001, 1, 1, 'paid'); DELETE FROM orders WHERE id >= 5000",
			);
			expect(await users(database.current.pool)).toEqual(["5000", "5001"]);
		}
		expect(await errorsOf(database.current.pool)).toEqual([]);
		await query("SELECT reward_outbox.unwatch('visited')");
	});
});
