import type pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { readFunctions } from "../../src/store/migrations.ts";
import { holdClaimTurn, openSession } from "../lifecycle/facts.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { ORDER_PAID, ORDERS, watch } from "../watches/rules.ts";
import { insert } from "./events.ts";

/** Every way in which an application writes events. */
const STATEMENTS: readonly (readonly [way: string, statement: string])[] = [
	["INSERT", "INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('t', 'u', '{}')"],
	["emit()", "SELECT reward_outbox.emit('t', 'u', idempotency_key => 'once')"],
	[
		"INSERT through the view",
		"INSERT INTO reward_outbox.new_events (trigger_id, user_id) VALUES ('t', 'u') RETURNING *",
	],
	["a watched table", "UPDATE public.orders SET status = 'paid' WHERE id = 1"],
];

/** What somebody else may have open; each returns when it has. */
const OTHERS: readonly (readonly [what: string, begin: (session: pg.Client) => Promise<unknown>])[] = [
	[
		"a migration that replaces all functions and views",
		async (session) => {
			await session.query("BEGIN");
			await session.query((await readFunctions()).sql);
		},
	],
	["a claim", (session) => holdClaimTurn(session)],
	[
		"an operator's bulk retry",
		async (session) => {
			await session.query("BEGIN");
			const retried = await session.query(
				"SELECT * FROM reward_outbox.retry_events(ARRAY(SELECT event_id FROM reward_outbox.event_states))",
			);
			expect(retried.rowCount).toBeGreaterThan(0);
		},
	],
	[
		"prune",
		async (session) => {
			await session.query("BEGIN");
			await session.query("DELETE FROM reward_outbox.outbox WHERE trigger_id = 'old'");
			await session.query("DELETE FROM reward_outbox.attempt_log");
		},
	],
	[
		"CREATE INDEX CONCURRENTLY on the outbox, waiting for somebody else",
		async (session) => {
			// The lock it holds; what it waits for is not ours to say.
			await session.query("BEGIN; LOCK TABLE reward_outbox.outbox IN SHARE UPDATE EXCLUSIVE MODE");
		},
	],
];

describe.each(OTHERS)("beside %s", (_, beginOther) => {
	let database: TestDatabase;

	beforeAll(async () => {
		database = await createTestDatabase();
		await database.query(`${ORDERS}; INSERT INTO public.orders SELECT n, n, n, 'new' FROM generate_series(1, 3) n`);
		await watch(database.pool, ORDER_PAID);
		await insert(database, { trigger: "old" }, 3);
		await database.query(
			`INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id)
			 SELECT id, seq, now(), 1, 'dead', trigger_id FROM reward_outbox.outbox`,
		);
		return () => database[Symbol.asyncDispose]();
	});

	test.each(STATEMENTS)("%s neither waits nor fails", async (_way, statement) => {
		await using other = await openSession(database.url);
		await beginOther(other);
		await using writer = await openSession(database.url);
		await writer.query("SET lock_timeout = '50ms'");
		await writer.query(statement);
		const { rowCount } = await database.query("SELECT FROM reward_outbox.watch_errors");
		expect(rowCount).toBe(0);
	});
});

test("while a DBA holds every table of ours but the outbox, INSERT and emit() neither wait nor fail", async () => {
	await using database = await createTestDatabase();
	await using dba = await openSession(database.url);
	const { rows } = await dba.query<{ tables: string }>(
		`SELECT string_agg(format('%s', c.oid::regclass), ', ') AS tables FROM pg_class c
		 WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind = 'r' AND c.relname <> 'outbox'`,
	);
	await dba.query(`BEGIN; LOCK TABLE ${rows[0]?.tables} IN ACCESS EXCLUSIVE MODE`);
	await using writer = await openSession(database.url);
	await writer.query("SET lock_timeout = '50ms'");
	for (const [, statement] of STATEMENTS.slice(0, 2)) await writer.query(statement);
	expect((await database.query("SELECT FROM reward_outbox.outbox")).rowCount).toBe(2);
});
