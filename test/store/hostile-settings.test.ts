import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { adopt } from "../../src/store/adopt.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { cancelEvents, retryEvents } from "../../src/store/decide-events.ts";
import { adoptUnused } from "../../src/store/identity.ts";
import { readFacts } from "../../src/store/inspect/event-facts.ts";
import { listEvents } from "../../src/store/inspect/list-events.ts";
import { listTriggers } from "../../src/store/inspect/list-triggers.ts";
import { readEvent } from "../../src/store/inspect/one-event.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { migrateToLatest, migrationStatus } from "../../src/store/migrate.ts";
import { countPrunable, momentAgo, pruneStep } from "../../src/store/prune.ts";
import { defineWatch } from "../../src/store/watches/define.ts";
import { PLAIN_RULE } from "../../src/store/watches/rule.ts";
import { startRelay, untilAll } from "../relay/running.ts";
import { createBlankDatabase } from "../support/blank-database.ts";
import { queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { HOSTILE_SETTINGS } from "../support/hostile-settings.ts";
import { answer, type ScriptedReward, startScriptedReward } from "../support/scripted-reward.ts";

/**
 * Under these names the schema `hostile` has what the built-in functions and operators are taken for by a careless
 * statement.
 */
const SHADOWS = `
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '1970-01-01' $$;
CREATE FUNCTION hostile.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'nothing' $$;
CREATE FUNCTION hostile.coalesced(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION hostile.never(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.never);
CREATE FUNCTION hostile.never(uuid, uuid) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
CREATE OPERATOR hostile.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = hostile.never);`;

const CASES: [string, Readonly<Record<string, string>>][] = [
	["default_transaction_isolation = repeatable read", { default_transaction_isolation: "'repeatable read'" }],
	...Object.entries(HOSTILE_SETTINGS).map(([name, value]): [string, Record<string, string>] => [
		`${name} = ${value}`,
		{ [name]: value },
	]),
	["all of them together", HOSTILE_SETTINGS],
];

let known: Set<string>;
beforeAll(async () => {
	const { rows } = await queryAsAdmin<{ name: string }>("SELECT name FROM pg_settings");
	known = new Set(rows.map(({ name }) => name));
});

/** Settings that this version of PostgreSQL has. */
function present(settings: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(settings).filter(([name]) => name.includes(".") || known.has(name)));
}

/**
 * The application writes in sessions that begin as the database says. It knows that it has to ask for a transaction
 * that writes.
 */
async function write(database: TestDatabase): Promise<void> {
	const client = new pg.Client({ connectionString: database.url });
	client.on("error", () => {});
	await client.connect();
	try {
		await client.query("BEGIN READ WRITE");
		for (let n = 0; n < 4; n++) await insert(client, `plain-${n}`);
		await insert(client, "it's \u00e4");
		await client.query("SELECT reward_outbox.emit('payment', 'keyed', '{\"value\": 1.10}', idempotency_key => 'k')");
		await client.query("SELECT reward_outbox.emit('payment', 'keyed', '{\"value\": 1.10}', idempotency_key => 'k')");
		for (const user of ["o1", "o2", "o3"]) {
			await client.query("SELECT reward_outbox.emit('payment', $1, ordering_key => 'order')", [user]);
		}
		await client.query(
			"SELECT reward_outbox.emit('payment', 'later', deliver_after => clock_timestamp() + interval '50 milliseconds')",
		);
		await client.query("SELECT reward_outbox.emit('payment', 'refused')");
		await client.query("INSERT INTO public.orders VALUES (1, 'watched', 19.90)");
		await client.query("COMMIT");
	} finally {
		await client.end();
	}
}

async function insert(client: pg.Client, user: string): Promise<void> {
	await client.query(
		"INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('payment', $1, '{\"value\": 2}')",
		[user],
	);
}

const ORDERS = "CREATE TABLE public.orders (id bigint PRIMARY KEY, customer text, total numeric)";
const RULE = {
	...PLAIN_RULE,
	name: "ordered",
	table: "public.orders",
	trigger_id: "payment",
	user_id: "NEW.customer",
	payload: "jsonb_build_object('value', NEW.total)",
	idempotency_key: "'order-' || NEW.id",
};

/** Refuses one user's event, and answers 500 to the first request of two others. */
function script(reward: ScriptedReward): void {
	const failed = new Set<string>();
	reward.respond(({ path }) => {
		if (path.includes("/refused/")) return answer(422, '{"error":{"code":"invalid","message":"nein, \u00fc \u20ac"}}');
		const once = ["/plain-0/", "/o1/"].find((part) => path.includes(part));
		if (once === undefined || failed.has(once)) return answer(200, '{"success":true}');
		failed.add(once);
		return answer(500, "it broke");
	});
}

async function readAndDecide(db: Database, database: TestDatabase): Promise<void> {
	const decider = { actor: "alice", reason: "test" };
	const { events } = await listEvents(db, { filter: {}, limit: 50 });
	expect(events).toHaveLength(12);
	for (const { created_at } of events) expect(Math.abs(Date.now() - created_at.getTime())).toBeLessThan(600_000);
	const dead = events.find(({ status }) => status === "dead");
	if (dead === undefined) return expect.unreachable();
	expect(dead.last_error).toMatch(/nein/);
	expect((await readEvent(db, dead.id))?.attempts).toHaveLength(1);
	expect((await readFacts(db, dead.id, 20))?.event.status).toBe("dead");
	expect((await readOverview(db)).events).toMatchObject({ delivered: 11, dead: 1, pending: 0, sending: 0 });
	expect((await listTriggers(db)).triggers.map(({ trigger_id }) => trigger_id)).toEqual(["payment"]);
	expect(await retryEvents(db, [dead.id], false, decider)).toMatchObject([{ done: true, was: "dead" }]);
	expect(await cancelEvents(db, [dead.id], decider)).toMatchObject([{ done: true, was: "pending" }]);
	expect(await adopt(db, { cancelBacklog: false, reason: "test", actor: null })).toBe(0);
	const now = await momentAgo(db, 0);
	expect(await countPrunable(db, now)).toBe(12);
	expect(await pruneStep(db, now, null, 100)).toMatchObject({ examined: 12, pruned: 12 });
	expect((await database.query("SELECT count(*)::int AS n FROM reward_outbox.events")).rows).toEqual([{ n: 0 }]);
}

/**
 * Each is set with every transaction there, in the same way: those that have to be there before it begins, and the rest
 * at once.
 */
const SHARED = CASES.filter(([name]) => /isolation|read_only|array_nulls|together/.test(name));

const UNBOUNDED =
	"-c default_transaction_read_only=off -c idle_session_timeout=0 -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0";

/** A pooler hands a session to others as well: then nothing of it may be set for good. */
describe.each([
	["on sessions of its own", "", CASES],
	["on sessions that it shares with others", "?pgbouncer=true", SHARED],
] as const)("%s", (_, parameters, cases) => {
	test.each(cases)("everything works with %s", { timeout: 60_000 }, async (_name, settings) => {
		// The test looks with sessions as they come from a server where nobody has set anything.
		const path = Object.keys(present(settings)).includes("search_path") ? " -c search_path=public" : "";
		await using database = await createBlankDatabase({
			settings: present(settings),
			ownSettings: UNBOUNDED + path,
		});
		const url = `${database.url}${parameters}`;
		await database.query(`BEGIN READ WRITE; ${SHADOWS}; ${ORDERS}; COMMIT`);
		expect(await migrateToLatest(url)).toContain("functions");
		expect(await migrateToLatest(url)).toEqual([]);
		expect((await migrationStatus(url)).every(({ appliedAt }) => appliedAt !== null)).toBe(true);
		const db = openDatabase({ url, applicationName: "test", maxConnections: 2 });
		await using reward = await startScriptedReward();
		script(reward);
		try {
			await adoptUnused(db, "test");
			await defineWatch(db, RULE);
			{
				await using _first = await startRelay(database, reward, { databaseUrl: url });
				await using _second = await startRelay(database, reward, { databaseUrl: url });
				await write(database);
				await untilAll(database, { delivered: 11, dead: 1 });
			}
			expect(reward.applied).toHaveLength(11);
			expect(reward.duplicates).toBe(0);
			await readAndDecide(db, database);
		} finally {
			await db.end();
		}
	});
});
