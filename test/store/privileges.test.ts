import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
	beginBulkRun,
	endBulkRun,
	listBulkRuns,
	recordReplay,
	reportBulkRun,
	stopBulkRun,
} from "../../src/store/bulk-runs.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { cancelEvents, resolveEvent, retryEvents } from "../../src/store/decide-events.ts";
import { readMissedChanges, readWatches } from "../../src/store/diagnose.ts";
import { groupSelection } from "../../src/store/inspect/bulk-selection.ts";
import { readFacts } from "../../src/store/inspect/event-facts.ts";
import { readFailureGroups } from "../../src/store/inspect/failure-groups.ts";
import { findEvents, listEvents } from "../../src/store/inspect/list-events.ts";
import { listOperations } from "../../src/store/inspect/list-operations.ts";
import { listTriggers } from "../../src/store/inspect/list-triggers.ts";
import { readEvent } from "../../src/store/inspect/one-event.ts";
import { readOverview } from "../../src/store/inspect/overview.ts";
import { readRunOutcome } from "../../src/store/inspect/run-outcome.ts";
import { readSeries } from "../../src/store/inspect/series.ts";
import { readTriggerSeries } from "../../src/store/inspect/trigger-series.ts";
import { readTriggerStatistics } from "../../src/store/inspect/trigger-statistics.ts";
import { readPreferences, savePreferences } from "../../src/store/preferences.ts";
import {
	countPrunable,
	countPrunableWatchErrors,
	momentAgo,
	pruneStep,
	pruneWatchErrors,
} from "../../src/store/prune.ts";
import { listQuarantined, listReceipts } from "../../src/store/receipts/list.ts";
import { readReport } from "../../src/store/receipts/report.ts";
import { createRelayStore } from "../../src/store/relay-store.ts";
import { readRetention } from "../../src/store/retention.ts";
import { checkSchema } from "../../src/store/schema.ts";
import { pauseTrigger, resumeTrigger, setTrigger } from "../../src/store/trigger-policy.ts";
import { writeEvent } from "../../src/store/write-event.ts";
import { queryAsAdmin } from "../support/database.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { urlFor } from "../support/login.ts";
import { watch } from "../watches/rules.ts";
import { claimAll, insertOne, settlement } from "./events.ts";
import { relayWork, SHARED_READS } from "./relay-work.ts";

const database = useTestDatabase();
const ALICE = { actor: "alice", reason: "test" };
const BULK = {
	action: "retry",
	filter: '{"status": "dead"}',
	reason: "test",
	allowDuplicates: false,
	max: 1,
	perSecond: 1,
	actor: "alice",
} as const;
const CORRECTED = { trigger: "t", user: "u", payload: "{}", of: null, allowDuplicates: false, decider: ALICE };
const REFUSED = { code: "42501" };
const login = `reward_outbox_test_login_${randomBytes(4).toString("hex")}`;
let db: Database;
let id: string;

/** A connection as a login role that was granted one of ours and nothing else. */
async function as(role: string): Promise<void> {
	await queryAsAdmin(`CREATE ROLE ${login} LOGIN PASSWORD 'x' IN ROLE ${role}`);
	db = openDatabase({ url: urlFor(database.current.url, login), applicationName: "test", maxConnections: 2 });
}

beforeEach(async () => {
	id = await insertOne(database.current.pool);
});

afterEach(async () => {
	await db.end();
	await queryAsAdmin(`DROP ROLE IF EXISTS ${login}`);
});

afterAll(async () => {
	await queryAsAdmin(`DROP ROLE IF EXISTS ${login}`);
});

const READS: [string, () => Promise<unknown>][] = [
	["list", () => listEvents(db, { filter: {}, limit: 1 })],
	["list by status", () => listEvents(db, { filter: { status: "pending", user: "u" }, limit: 1 })],
	["list delivered", () => listEvents(db, { filter: { status: "delivered" }, limit: 1 })],
	["list sending", () => listEvents(db, { filter: { status: "sending" }, limit: 1 })],
	["find", () => findEvents(db, { status: "dead" }, 1)],
	["show", () => readEvent(db, id)],
	["why", () => readFacts(db, id, 20)],
	["status", () => readOverview(db)],
	["series", () => readSeries(db, 60)],
	["triggers", () => listTriggers(db)],
	["prune --dry-run", async () => countPrunable(db, await momentAgo(db, 0))],
	["prune --dry-run of watch errors", async () => countPrunableWatchErrors(db, await momentAgo(db, 0))],
	["what watches missed", () => readMissedChanges(db)],
	["the watches", () => db.query("SELECT * FROM reward_outbox.watches")],
	["the schema's version", () => checkSchema(db)],
	["operations", () => listOperations(db, { filter: {}, limit: 1 })],
	["bulk runs", () => listBulkRuns(db, 1)],
	["what became of a bulk run", () => readRunOutcome(db, "1")],
	["what fails", () => readFailureGroups(db)],
	["statistics of triggers", () => readTriggerStatistics(db, 60)],
	["the series of a trigger", () => readTriggerSeries(db, "t", 60)],
	["preferences", () => readPreferences(db, "alice")],
	[
		"what a bulk run would do",
		() =>
			groupSelection(db, { status: "dead" }, { action: "retry", allowDuplicates: false }, { max: 1, mostCounted: 1 }),
	],
	["identity", () => db.query("SELECT * FROM reward_outbox.identity()")],
	["the account of receipts", () => readReport(db, { since: { kind: "relative", ms: 86_400_000 } })],
	["receipts", () => listReceipts(db, { limit: 1 })],
	["the quarantine", () => listQuarantined(db, 1)],
	["retention", () => readRetention(db)],
];

const DECISIONS: [string, () => Promise<unknown>][] = [
	["retry", () => retryEvents(db, [id], true, ALICE)],
	["cancel", () => cancelEvents(db, [id], ALICE)],
	["resolve", () => resolveEvent(db, id, true, ALICE)],
	["write an event", () => writeEvent(db, CORRECTED)],
	["save preferences", () => savePreferences(db, "alice", {})],
	["begin a bulk run", () => beginBulkRun(db, BULK)],
	["report a bulk run", () => reportBulkRun(db, "1", { total: 1, examined: 0, done: 0, skipped: 0 })],
	["stop a bulk run", () => stopBulkRun(db, "1", "alice")],
	["end a bulk run", () => endBulkRun(db, "1", "done", null)],
	["record a replay", () => recordReplay(db, { watch: "w", replayed: 1, failed: 0 }, "alice")],
	["pause", () => pauseTrigger(db, "t", "r", null)],
	["resume", () => resumeTrigger(db, "t", null, null)],
	["set", () => setTrigger(db, "t", { mode: "at_most_once" }, null)],
	["prune", async () => pruneStep(db, await momentAgo(db, 86_400_000), null, 10)],
	["prune of watch errors", async () => pruneWatchErrors(db, await momentAgo(db, 86_400_000))],
	["adopt", () => db.query("SELECT reward_outbox.adopt(false, 'test', NULL)")],
];

const INTERNALS: [string, () => Promise<unknown>][] = [
	["lock_decisions", () => db.query("SELECT reward_outbox.lock_decisions('{}')")],
	["lock_head", () => db.query("SELECT reward_outbox.lock_head()")],
	["record_operation", () => db.query("SELECT reward_outbox.record_operation('me', 'x', NULL, NULL, NULL, NULL)")],
	["release_next", () => db.query("SELECT reward_outbox.release_next('{k}')")],
	["claim_due", () => db.query("SELECT reward_outbox.claim_due(1, gen_random_uuid(), 1, 1, '{}', '{}', false)")],
	["set_aside", () => db.query("SELECT reward_outbox.set_aside(gen_random_uuid())")],
	["end_leases", () => db.query("SELECT reward_outbox.end_leases('{}')")],
	["trigger_quota", () => db.query("SELECT reward_outbox.trigger_quota('t', 1)")],
];

const WRITES: [string, () => Promise<unknown>][] = [
	["update of the outbox", () => db.query("UPDATE reward_outbox.outbox SET user_id = 'x'")],
	["delete from the outbox", () => db.query("DELETE FROM reward_outbox.outbox")],
	["truncate", () => db.query("TRUNCATE reward_outbox.outbox")],
	[
		"an id of one's own",
		() => db.query("INSERT INTO reward_outbox.outbox (id, trigger_id, user_id) VALUES (gen_random_uuid(), 't', 'u')"),
	],
	[
		"a source of one's own",
		() => db.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id, source) VALUES ('t', 'u', 'watch')"),
	],
	[
		"insert into attempt_log",
		() => db.query("INSERT INTO reward_outbox.attempt_log SELECT * FROM reward_outbox.attempt_log"),
	],
	["delete from attempt_log", () => db.query("DELETE FROM reward_outbox.attempt_log")],
	["update of event_states", () => db.query("UPDATE reward_outbox.event_states SET status = 'dead'")],
	["update of triggers", () => db.query("UPDATE reward_outbox.triggers SET mode = 'at_most_once'")],
	["insert into operations", () => db.query("INSERT INTO reward_outbox.operations (actor, action) VALUES ('me', 'x')")],
	["update of relay_samples", () => db.query("UPDATE reward_outbox.relay_samples SET accepted = 0")],
	["delete from operations", () => db.query("DELETE FROM reward_outbox.operations")],
	["insert into head", () => db.query("INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot())")],
	["a table in the schema", () => db.query("CREATE TABLE reward_outbox.mine ()")],
];

const INSERT = (columns: string, values: string) =>
	`INSERT INTO reward_outbox.outbox (${columns}) VALUES (${values}) RETURNING id`;
const EMITS: [string, () => Promise<unknown>][] = [
	["insert", () => db.query(INSERT("trigger_id, user_id", "'t', 'u'"))],
	["emit", () => db.query("SELECT reward_outbox.emit('t', 'u')")],
];

async function allowed(actions: readonly [string, () => Promise<unknown>][]): Promise<void> {
	for (const [name, action] of actions)
		await action().catch((error: Error) => expect.unreachable(`${name}: ${error.message}`));
}

async function refused(actions: readonly [string, () => Promise<unknown>][]): Promise<void> {
	for (const [name, action] of actions) await expect(action(), name).rejects.toMatchObject(REFUSED);
}

describe("a login role with", () => {
	test("reward_outbox_auditor reads everything and changes nothing", async () => {
		await as("reward_outbox_auditor");
		await allowed(READS);
		await refused([...DECISIONS, ...INTERNALS, ...WRITES, ...EMITS, ...relayWork(db, id).slice(SHARED_READS)]);
	});

	test("reward_outbox_operator reads, and decides by the functions only", async () => {
		await as("reward_outbox_operator");
		await allowed([...READS, ...DECISIONS]);
		await refused([...INTERNALS, ...WRITES, ...EMITS]);
		const { rows } = await database.current.query(
			"SELECT DISTINCT actor FROM reward_outbox.operations WHERE reason = 'test' AND event_id = $1",
			[id],
		);
		expect(rows).toEqual([{ actor: `alice (${login})` }]);
	});

	test("reward_outbox_writer inserts and emits, every option included, and nothing else", async () => {
		await as("reward_outbox_writer");
		const every = "trigger_id, user_id, payload, idempotency_key, ordering_key, deliver_after, metadata";
		const { rows } = await db.query(INSERT(every, "'t', 'u', '{}', 'key-1', 'k', now(), '{}'"));
		expect(rows).toEqual([{ id: expect.any(String) }]);
		await allowed(EMITS);
		const again = "SELECT reward_outbox.emit('t', 'u', '{}', idempotency_key => 'key-2') AS id";
		expect((await db.query(again)).rows).toEqual((await db.query(again)).rows);
		await refused([...DECISIONS, ...INTERNALS, ...WRITES, ...relayWork(db, id).slice(SHARED_READS)]);
		await refused(READS);
		await expect(db.query("SELECT user_id FROM reward_outbox.outbox")).rejects.toMatchObject(REFUSED);
		await expect(db.query("SELECT payload FROM reward_outbox.events")).rejects.toMatchObject(REFUSED);
	});

	test("reward_outbox_relay can do all of a relay's work and no operator's", async () => {
		await as("reward_outbox_relay");
		await allowed(relayWork(db, id));
		await refused([...DECISIONS, ...INTERNALS, ...WRITES, ...EMITS]);
		await expect(db.query("SELECT payload FROM reward_outbox.events")).rejects.toMatchObject(REFUSED);
	});

	test.each([
		["reward_outbox_auditor", true],
		["reward_outbox_operator", true],
		["reward_outbox_relay", false],
	])("%s sees what watches missed, and which are broken; how many there are: %s", async (role, seesRules) => {
		await database.current.query("CREATE TABLE shop (id integer PRIMARY KEY, who text)");
		try {
			await watch(database.current.pool, { name: "w", table_name: "shop", trigger_id: "t", user_id: "NEW.who" });
			await database.current.query("ALTER TABLE shop RENAME COLUMN who TO whom; INSERT INTO shop VALUES (1, 'u')");
			await as(role);
			expect(await readMissedChanges(db)).toEqual([{ watch: "w", errors: 1 }]);
			const broken = { name: "w", table: "public.shop", problem: expect.stringMatching(/new\.who does not exist/) };
			// A relay tells a person of rules that are broken, and need not know of the others.
			expect(await readWatches(db)).toEqual({ count: seesRules ? 1 : null, broken: [broken] });
			if (seesRules)
				expect(await readOverview(db)).toMatchObject({ broken_watches: [broken], unresolved_watch_errors: 1 });
		} finally {
			await database.current.query("DROP TABLE shop; TRUNCATE reward_outbox.watch_errors");
		}
	});
});

test("a relay with its role alone delivers an event from end to end", async () => {
	await as("reward_outbox_relay");
	const store = createRelayStore(db);
	const [event] = (await claimAll(database.current)).filter((claimed) => claimed.eventId === id);
	if (event === undefined) return expect.unreachable();
	const accepted = settlement(
		event,
		{ class: "accepted", httpStatus: 200, errorCode: null, errorMessage: null, responseBody: null },
		{ next: "delivered" },
	);
	await store.settleAccepted(1, [accepted], [event.leaseId]);
	const { rows } = await database.current.query("SELECT status FROM reward_outbox.events WHERE id = $1", [id]);
	expect(rows).toEqual([{ status: "delivered" }]);
});
