import { randomUUID } from "node:crypto";
import { ALERT_SETTINGS } from "../../src/alerts/alert-hook.ts";
import { observeAttention, takeAlertTurn } from "../../src/store/alerts.ts";
import { claim } from "../../src/store/claim.ts";
import type { Database } from "../../src/store/database.ts";
import { readDepth } from "../../src/store/depth.ts";
import { readMissedChanges } from "../../src/store/diagnose.ts";
import { readCondition } from "../../src/store/inspect/condition.ts";
import { createRelayStore } from "../../src/store/relay-store.ts";
import type { Sample } from "../../src/store/samples.ts";
import { readTraceContexts } from "../../src/store/trace-contexts.ts";

const SAMPLE: Sample = {
	relayNo: 1,
	sampleNo: 1,
	ageMs: 0,
	spanMs: 1,
	counts: { accepted: 0, refused: 0, not_sent: 0, ambiguous: 1 },
	latency: null,
};

const RELAY = { relayNo: 1, name: "r" };
const PROOF = randomUUID();

export const SHARED_READS = 4;

/** Everything a running relay asks of the database. The first {@link SHARED_READS} are allowed to auditors too. */
export function relayWork(db: Database, id: string): [string, () => Promise<unknown>][] {
	const store = createRelayStore(db);
	const lease = randomUUID();
	const request = {
		relayNo: 1,
		headLease: lease,
		dueLease: randomUUID(),
		leaseMs: 60_000,
		limit: 1,
		lookForDue: true,
		heldBack: [],
		probing: [],
		known: null,
	};
	return [
		["readDatabaseFacts", () => store.readDatabaseFacts(RELAY, null, { openLeases: () => [lease], results: [] })],
		["readDepth", () => readDepth(db)],
		["readMissedChanges", () => readMissedChanges(db)],
		["readCondition", () => readCondition(db)],
		["registerRelay", () => store.registerRelay({ name: "r", version: "0", concurrency: 1 })],
		[
			"heartbeat",
			() => store.heartbeat({ relayNo: 1, listener: "listening", pause: null, holding: null, stopped: false }),
		],
		["claim", () => claim(db, request)],
		["giveBack", () => store.giveBack(lease, null)],
		["settleAccepted", () => store.settleAccepted(1, [], [])],
		["settleFailed", () => store.settleFailed([], [])],
		["expiredEvents", () => store.expiredEvents(10)],
		["tidy", () => store.tidy()],
		["recordSample", () => store.recordSample(SAMPLE)],
		["readTraceContexts", () => readTraceContexts(db, [id])],
		["takeAlertTurn", () => takeAlertTurn(db, "look", 0)],
		["observeAttention", () => observeAttention(db, [], ALERT_SETTINGS)],
		["alertTold", () => db.query("SELECT reward_outbox.alert_told('over', 'none', NULL)")],
		["tidySamples", () => store.tidySamples()],
		["adoptUnused", () => store.adoptUnused("r")],
		["prove", () => store.prove({ proofId: PROOF, relayNo: 1, beats: null, ended: false })],
		["vouch", () => store.vouch(PROOF, "00000001")],
		[
			"followFailover",
			() => store.followFailover({ installationId: PROOF, proofId: PROOF, timeline: "1", relay: "r" }),
		],
		["doubt", () => store.doubt({ installationId: PROOF, code: "went_back", reason: "a test", relay: "r" })],
		["testify", () => store.testify(RELAY, [], true)],
		["pauseForFault", () => store.pauseForFault("nobody's", "r", "unknown_trigger", "test", 1)],
		["earlierAttempts", () => store.earlierAttempts(id, 2, 1)],
		["triggerAcceptedSince", () => store.triggerAcceptedSince("t", id)],
	];
}
