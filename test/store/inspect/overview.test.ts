import { expect, test } from "vitest";
import { NOTHING_AT_STAKE } from "../../../src/event/stake.ts";
import { listTriggers } from "../../../src/store/inspect/list-triggers.ts";
import { readOverview } from "../../../src/store/inspect/overview.ts";
import { heartbeat } from "../../../src/store/relays.ts";
import { createTestDatabase } from "../../support/database.ts";
import { accept, claimAll, claimOnce, expireLeases, fail, insert, makeDue, someRelay } from "../events.ts";

test("an empty outbox is all zeros", async () => {
	await using database = await createTestDatabase();
	expect(await readOverview(database.pool)).toMatchObject({
		events: { pending: 0, sending: 0, dead: 0, uncertain: 0, cancelled: 0, delivered: 0, delivered_is_estimate: false },
		oldest_due_age_seconds: 0,
		attempts: { last_minute: { accepted: 0 }, last_5_minutes: { accepted: 0 }, at_least: false },
		relays: [],
		last_relay: null,
		paused_triggers: [],
		expired_leases: 0,
		broken_watches: [],
		unresolved_watch_errors: 0,
		stake: {
			uncertain: NOTHING_AT_STAKE,
			dead: NOTHING_AT_STAKE,
			overdue: NOTHING_AT_STAKE,
			possibly_doubled: NOTHING_AT_STAKE,
		},
		lost_changes: 0,
		record: { chained: true, anchored_at: null, verified_at: null, problems: null },
	});
});

test("what is where, who delivers, and what is in trouble", async () => {
	await using database = await createTestDatabase();
	const relayNo = await someRelay(database, "relay-7");
	await heartbeat(database.pool, {
		relayNo,
		listener: "deaf",
		pause: { code: "key_refused", reason: "no key" },
		holding: null,
		stopped: false,
	});
	await insert(database.pool, {}, 5);
	const claimed = await claimAll(database, { relayNo });
	await accept(database, claimed.slice(0, 2), []);
	await fail(database, claimed.slice(2, 3), { decision: { next: "dead" }, done: [] });
	await fail(database, claimed.slice(3), { decision: { next: "uncertain" } });
	await insert(database.pool, {}, 3);
	await claimOnce(database, { relayNo, limit: 1, lookForDue: false });
	await expireLeases(database.pool);
	await database.query("SELECT reward_outbox.pause_trigger('payment', 'campaign', 'bob')");
	const overview = await readOverview(database.pool);
	expect(overview).toMatchObject({
		events: { pending: 2, sending: 1, dead: 1, uncertain: 2, cancelled: 0, delivered: 2, delivered_is_estimate: false },
		relays: [{ name: "relay-7", listener: "deaf", paused_code: "key_refused", paused_reason: "no key" }],
		paused_triggers: [{ trigger_id: "payment", paused_by: "bob", paused_reason: "campaign" }],
		expired_leases: 1,
	});
	expect(overview.oldest_due_age_seconds).toBeGreaterThan(0);
});

test("triggers are listed with their policy and what waits, those without a policy too", async () => {
	await using database = await createTestDatabase();
	await database.query("SELECT reward_outbox.set_trigger('quiet', '{\"rate_per_second\": 0.5}')");
	await insert(database.pool, { trigger: "busy" }, 3);
	const claimed = await claimAll(database);
	await fail(database, claimed.slice(0, 1), { decision: { next: "dead" }, done: [] });
	await fail(database, claimed.slice(1));
	await makeDue(database.pool);
	await insert(database.pool, { trigger: "busy" }, 4);
	await insert(database.pool, { trigger: "another" }, 1);
	const { triggers } = await listTriggers(database.pool);
	expect(triggers).toMatchObject([
		{ trigger_id: "another", configured: false, mode: "at_least_once", waiting: 1, dead: 0 },
		{ trigger_id: "busy", configured: false, waiting: 6, dead: 1, uncertain: 0 },
		{ trigger_id: "quiet", configured: true, rate_per_second: 0.5, waiting: 0 },
	]);
});
