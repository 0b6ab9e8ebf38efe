import type { Database } from "../../../src/store/database.ts";
import type { State } from "./side.ts";

const ms = (column: string) => `date_part('epoch', ${column}) * 1000`;

/** A JSON object of a table's rows. */
const rows = (key: string, columns: Readonly<Record<string, string>>, from: string) => {
	const members = Object.entries(columns).map(([name, expression]) => `'${name}', ${expression}`);
	return `(SELECT coalesce(json_object_agg(${key}, json_build_object(${members.join(", ")})), '{}') FROM ${from})`;
};

const STATE = `
SELECT ${rows(
	"v.id",
	{
		status: "v.status",
		attempts: "v.attempts",
		nextAttemptAt: ms("v.next_attempt_at"),
		deliveredAt: ms("v.delivered_at"),
		lastOutcome: "v.last_outcome",
		lastError: "v.last_error",
	},
	"reward_outbox.events v",
)} AS events,
${rows(
	"concat_ws(' ', a.event_id, a.attempt, a.outcome, a.error_code)",
	{ startedAt: ms("a.started_at"), durationMs: "a.duration_ms", relay: "a.relay" },
	"reward_outbox.attempts a",
)} AS attempts,
${rows(
	"s.event_id",
	{
		nextAttemptAt: ms("s.next_attempt_at"),
		changedAt: ms("s.changed_at"),
		attempts: "s.attempts",
		excused: "s.excused",
		status: "s.status",
		blocked: "s.blocked",
		leaseId: "s.lease_id",
		reason: "s.reason",
		duplicateOf: "s.duplicate_of",
		bytes: "s.bytes",
	},
	"reward_outbox.event_states s",
)} AS states,
${rows(
	"c.lease_id",
	{
		relayNo: "c.relay_no",
		claimedAt: ms("c.claimed_at"),
		expiresAt: ms("c.expires_at"),
		fromHead: "c.from_head",
		events:
			"(SELECT array_agg(concat_ws(' ', n.id, coalesce(n.attempt, 1)) ORDER BY n.id) FROM unnest(c.event_ids, c.attempts) n(id, attempt))",
	},
	"reward_outbox.claims c",
)} AS claims,
${rows(
	"t.trigger_id",
	{
		mode: "t.mode",
		maxAttempts: "t.max_attempts",
		ratePerSecond: "t.rate_per_second",
		maxInFlight: "t.max_in_flight",
		evidenceWaitMs: ms("t.evidence_wait"),
		pausedAt: ms("t.paused_at"),
		pausedBy: "t.paused_by",
		pausedReason: "t.paused_reason",
		pausedCode: "t.paused_code",
		probeAt: ms("t.probe_at"),
		probeEveryMs: ms("t.probe_every"),
		probes: "t.probes",
		tokens: "t.tokens",
		refilledAt: ms("t.refilled_at"),
	},
	"reward_outbox.triggers t",
)} AS triggers,
${rows(
	"r.relay_no",
	{
		isStopped: "r.stopped_at IS NOT NULL",
		checkedInAt: ms("r.checked_in_at"),
		hasSession: "r.session_id IS NOT NULL",
		sessionSince: ms("r.session_since"),
		wakeMode: "r.wake_mode",
		able: "r.able",
		seenAt: ms("r.seen_at"),
	},
	"reward_outbox.relays r",
)} AS relays,
${rows(
	"p.proof_id",
	{
		relayNo: "p.relay_no",
		beats: "p.beats",
		beatAt: ms("p.beat_at"),
		ended: "p.ended",
		hasVouched: "p.vouched_for IS NOT NULL",
		vouchedAt: ms("p.vouched_at"),
		lastBeatThen: ms("p.last_beat_then"),
	},
	"reward_outbox.relay_proofs p",
)} AS proofs,
${rows("w.trigger_id", { lookAt: ms("w.look_at"), atLimit: "w.at_limit" }, "reward_outbox.waiting_triggers w")} AS waiting,
${rows(
	"d.status",
	{ events: "d.events", oldestDueAt: ms("d.oldest_due_at") },
	"(SELECT status, sum(events) AS events, min(oldest_due_at) AS oldest_due_at FROM reward_outbox.depth GROUP BY status HAVING sum(events) > 0) d",
)} AS depth,
(SELECT coalesce(json_agg(u.id ORDER BY u.id), '[]') FROM reward_outbox.unread u) AS unread`;

/** By one statement, which takes longer to plan than to execute. */
export async function readState(db: Database): Promise<State> {
	return (await db.query<State>({ name: "state", text: STATE })).rows[0] as State;
}
