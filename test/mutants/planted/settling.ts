import type { Mutant } from "../mutant.ts";

/** What becomes of a claim: results, what is given back, what has expired. */
export const SETTLING: readonly Mutant[] = [
	{
		name: "attempt-not-counted-by-the-claim",
		invariant: "I3",
		breaks: "a retry that kills its relay is never counted",
		file: "migrations/functions/claim_due.sql",
		edits: [["attempts = s.attempts + 1,", "attempts = s.attempts,"]],
		tests: ["store/settle.test.ts"],
	},
	{
		name: "failure-not-fenced",
		invariant: "I3",
		breaks: "a late failure changes an event that somebody else holds",
		file: "migrations/functions/settle_failed.sql",
		edits: [
			["WHERE r.held AND NOT r.known", "WHERE NOT r.known"],
			["WHERE s.event_id = f.event_id AND s.lease_id = f.lease_id", "WHERE s.event_id = f.event_id"],
		],
		tests: ["store/settlement-lease.test.ts"],
	},
	{
		name: "failure-counts-twice",
		invariant: "I3",
		breaks: "a result that is written twice changes what came after it",
		file: "migrations/functions/settle_failed.sql",
		edits: [
			["WHERE r.held AND NOT r.known", "WHERE r.held OR r.known"],
			["WHERE s.event_id = f.event_id AND s.lease_id = f.lease_id", "WHERE s.event_id = f.event_id"],
		],
		tests: ["store/settle.test.ts"],
	},
	{
		name: "made-up-attempts-on-record",
		invariant: "I3",
		breaks: "whoever holds no lease writes attempts that nobody made",
		file: "migrations/functions/settle_failed.sql",
		edits: [["AND (r.held OR r.duration_ms IS NOT NULL AND r.under_this_lease)", ""]],
		tests: ["store/settlement-lease.test.ts"],
	},
	{
		name: "success-not-fenced",
		invariant: "I9",
		breaks: "an event that nobody claimed is marked as delivered",
		file: "migrations/functions/settle_accepted.sql",
		edits: [
			["WHERE (r.lease_id, r.event_id, r.attempt) IN (", "WHERE true OR (r.lease_id, r.event_id, r.attempt) IN ("],
		],
		tests: ["store/settlement-lease.test.ts"],
	},
	{
		name: "late-success-lost",
		invariant: "I3",
		breaks: "what Reward accepted after the lease was reaped is sent again",
		file: "migrations/functions/settle_accepted.sql",
		edits: [["OR (SELECT bool_or(a.lease_id = r.lease_id)", "OR (SELECT bool_or(false)"]],
		tests: ["store/settlement-lease.test.ts"],
	},
	{
		name: "delivered-stays-waiting",
		invariant: "I3",
		breaks: "an accepted event that had waited is sent again",
		file: "migrations/functions/settle_accepted.sql",
		edits: [
			[
				"DELETE FROM reward_outbox.event_states s WHERE s.event_id = ANY (settled)",
				"DELETE FROM reward_outbox.event_states s WHERE s.event_id = ANY (settled) AND s.attempts = 0",
			],
		],
		tests: ["store/settle.test.ts"],
	},
	{
		name: "lease-ends-with-events-open",
		invariant: "I1",
		breaks: "an event of a lease that somebody calls done is found by nobody",
		file: "migrations/functions/end_leases.sql",
		edits: [
			[
				"WHERE c.lease_id = ANY (p_lease_ids) AND NOT EXISTS (",
				"WHERE c.lease_id = ANY (p_lease_ids) OR false AND NOT EXISTS (",
			],
		],
		tests: ["store/settlement-lease.test.ts"],
	},
	{
		name: "expired-lease-removed",
		invariant: "I1",
		breaks: "what a dead relay held is forgotten",
		file: "migrations/functions/expired_leases.sql",
		edits: [
			[
				"AND c.expires_at < clock_timestamp() AND NOT EXISTS (",
				"AND c.expires_at < clock_timestamp() AND (true) OR NOT EXISTS (",
			],
		],
		tests: ["relay/reaper.test.ts"],
	},
	{
		name: "expired-lease-is-a-free-retry",
		invariant: "I3",
		breaks: "the attempt of a relay that died counts as not made",
		file: "src/relay/reaper.ts",
		edits: [
			['const LEASE_EXPIRED: Ambiguous = { class: "ambiguous",', 'const LEASE_EXPIRED: any = { class: "not_sent",'],
		],
		tests: ["relay/reaper.test.ts"],
	},
	{
		name: "expired-lease-forgets-the-mode",
		invariant: "I4",
		breaks: "an event of at most once is sent again when its relay died",
		file: "migrations/functions/expired_leases.sql",
		edits: [["coalesce(t.mode = 'at_most_once', false), t.max_attempts,", "false, t.max_attempts,"]],
		tests: ["relay/reaper.test.ts"],
	},
	{
		name: "reaped-before-its-time",
		invariant: "I3",
		breaks: "a lease that has not expired is reaped",
		file: "migrations/functions/expired_leases.sql",
		edits: [
			[
				"WHERE e.expires_at > since AND e.expires_at < clock_timestamp() ORDER BY",
				"WHERE e.expires_at > since ORDER BY",
			],
		],
		tests: ["relay/reaper.test.ts"],
	},
	{
		name: "reaper-looks-back-at-nothing",
		invariant: "I7",
		breaks: "a lease that expired between two looks waits for a minute",
		file: "src/relay/reaper.ts",
		edits: [
			["const backMs = full ? null : startedAt - this.#completeAt + OVERLAP_MS;", "const backMs = full ? null : 0;"],
		],
		tests: ["relay/reaper.test.ts"],
	},
	{
		name: "given-back-and-forgotten",
		invariant: "I1",
		breaks: "a first attempt that is given back is found by nobody",
		file: "migrations/functions/give_back.sql",
		edits: [["IF lease.from_head THEN INSERT", "IF false THEN INSERT"]],
		tests: ["store/give-back.test.ts"],
	},
	{
		name: "given-back-keeps-its-count",
		invariant: "I3",
		breaks: "restarts of the relay use up an event's attempts",
		file: "migrations/functions/give_back.sql",
		edits: [["attempts = s.attempts - 1, changed_at", "attempts = s.attempts, changed_at"]],
		tests: ["store/give-back.test.ts"],
	},
	{
		name: "given-back-after-a-send",
		invariant: "I3",
		breaks: "an attempt that is on record is given back as if it had not been made",
		file: "migrations/functions/give_back.sql",
		edits: [
			[
				"WHERE (SELECT count(*) = 0 FROM reward_outbox.attempt_log a WHERE a.event_id = l.event_id AND a.attempt = l.attempt);",
				";",
			],
		],
		tests: ["store/give-back.test.ts"],
	},
	{
		name: "gives-back-before-the-claim-is-there",
		invariant: "I7",
		breaks: "a claim whose answer was lost commits after it was given back, and waits for its lease",
		file: "migrations/functions/give_back.sql",
		edits: [["PERFORM reward_outbox.lock_head();", ""]],
		tests: ["store/give-back.test.ts"],
	},
	{
		name: "lost-claim-kept",
		invariant: "I7",
		breaks: "a claim whose answer was lost waits until its lease expires, and counts as an attempt",
		file: "src/relay/trip.ts",
		edits: [["if (parts.isTransient(error)) {", "if (false as boolean) {"]],
		tests: ["relay/trip.test.ts"],
	},
	{
		name: "half-of-a-lost-claim-kept",
		invariant: "I7",
		breaks: "of a claim whose answer was lost only the new events are given back",
		file: "src/relay/trip.ts",
		edits: [
			[
				"for (const lease of [request.headLease, request.dueLease]) { port.givenBack(",
				"for (const lease of [request.headLease]) { port.givenBack(",
			],
		],
		tests: ["relay/trip.test.ts"],
	},
	{
		name: "settled-before-the-answer",
		invariant: "I9",
		breaks: "an event is on record as delivered before it was sent",
		file: "src/relay/trip.ts",
		edits: [
			[
				"const outcome = await this.#send(attempt);",
				'const outcome: Outcome = { class: "accepted", httpStatus: 200, errorCode: null, errorMessage: null, responseBody: null }; void this.#send(attempt);',
			],
		],
		tests: ["relay/trip.test.ts"],
	},
	{
		name: "lost-result-ends-its-lease",
		invariant: "I1",
		breaks: "an event whose result PostgreSQL never took loses its claim as well",
		file: "src/relay/settler.ts",
		edits: [["ended.filter((leaseId) => !this.#lostLeases.delete(leaseId))", "ended"]],
		tests: ["relay/settler.test.ts"],
	},
	{
		name: "sends-what-cannot-be-recorded",
		invariant: "I3",
		breaks: "while the database takes no results a relay goes on sending",
		file: "src/relay/dispatcher.ts",
		edits: [["return this.#canRecord && this.#unwritten <=", "return this.#unwritten <="]],
		tests: ["relay/dispatcher.test.ts"],
	},
	{
		name: "unwritten-without-bound",
		invariant: "I8",
		breaks: "results that are not on record pile up without end",
		file: "src/relay/dispatcher.ts",
		edits: [
			[
				"this.#canRecord && this.#unwritten <= this.#options.concurrency * UNWRITTEN_PER_SLOT + MOST_PREFETCH",
				"this.#canRecord",
			],
		],
		tests: ["relay/dispatcher.test.ts"],
	},
	{
		name: "sent-again-and-shown-as-delivered",
		invariant: "I14",
		breaks: "an event that a person has sent again is shown as if it were done",
		file: "migrations/functions/events.sql",
		edits: [
			[
				"CASE WHEN s.event_id IS NOT NULL THEN s.status::text WHEN a.accepted THEN 'delivered'",
				"CASE WHEN a.accepted THEN 'delivered' WHEN s.event_id IS NOT NULL THEN s.status::text",
			],
		],
		tests: ["store/decide-events.test.ts"],
	},
	{
		name: "pruned-under-a-claim",
		invariant: "I1",
		breaks: "an event that is being sent loses its record",
		file: "migrations/functions/prune.sql",
		edits: [
			[
				"FILTER (WHERE v.status IN ('delivered', 'dead', 'cancelled') AND NOT EXISTS (SELECT FROM reward_outbox.claims c WHERE v.id = ANY (c.event_ids)))",
				"FILTER (WHERE v.status IN ('delivered', 'dead', 'cancelled', 'sending'))",
			],
		],
		tests: ["store/prune.test.ts"],
	},
];
