import type { Mutant } from "../mutant.ts";

/** Events that must be sent one after the other. */
export const ORDERING: readonly Mutant[] = [
	{
		name: "ordered-events-go-directly",
		invariant: "I10",
		breaks: "events of one key are sent side by side",
		file: "migrations/functions/goes_directly.sql",
		edits: [["RETURN p_ordering_key IS NULL AND (p_deliver_after", "RETURN (p_deliver_after"]],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "blocked-events-go",
		invariant: "I10",
		breaks: "an event is sent while an earlier one of its key waits for a retry",
		file: "migrations/functions/claim_due.sql",
		edits: [
			[
				"AND NOT s.blocked AND s.next_attempt_at <= clock_timestamp() ORDER BY s.next_attempt_at LIMIT quota.quota FOR UPDATE",
				"AND s.next_attempt_at <= clock_timestamp() ORDER BY s.next_attempt_at LIMIT quota.quota FOR UPDATE",
			],
		],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "last-of-a-key-first",
		invariant: "I10",
		breaks: "after one of a key the latest goes, and not the next",
		file: "migrations/functions/release_next.sql",
		edits: [["ORDER BY n.seq LIMIT 1)", "ORDER BY n.seq DESC LIMIT 1)"]],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "unread-ones-overtaken",
		invariant: "I10",
		breaks: "an event overtakes an earlier one of its key that is still to be read",
		file: "migrations/functions/release_next.sql",
		edits: [["AND (SELECT NOT reward_outbox.unread_before(", "AND (SELECT reward_outbox.unread_before("]],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "two-of-a-key-let-go",
		invariant: "I10",
		breaks: "the next of a key is let go while another one is under way",
		file: "migrations/functions/release_next.sql",
		edits: [
			[
				"AND NOT EXISTS (SELECT FROM reward_outbox.event_states u WHERE u.ordering_key = ended.ordering_key AND NOT u.blocked AND u.status IN ('pending', 'sending', 'uncertain'))",
				"",
			],
		],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "late-commit-overtaken-in-a-claim",
		invariant: "I10",
		breaks: "a claim lets an event go before an earlier one of its key that commits later",
		file: "migrations/functions/claim.sql",
		edits: [
			[
				"OR (SELECT reward_outbox.unread_before(k.ordering_key,",
				"OR (SELECT false AND reward_outbox.unread_before(k.ordering_key,",
			],
		],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "key-stays-closed-after-a-success",
		invariant: "I7",
		breaks: "after a delivered event the next of its key waits for ever",
		file: "migrations/functions/settle_accepted.sql",
		edits: [["IF ended_keys IS NOT NULL THEN", "IF false THEN"]],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "key-stays-closed-after-a-death",
		invariant: "I7",
		breaks: "after a dead event the next of its key waits for ever",
		file: "migrations/functions/settle_failed.sql",
		edits: [["IF ended_keys IS NOT NULL THEN", "IF false THEN"]],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "key-stays-closed-after-a-cancellation",
		invariant: "I7",
		breaks: "after a cancelled event the next of its key waits for ever",
		file: "migrations/functions/decide_events.sql",
		edits: [["PERFORM reward_outbox.release_next(ARRAY[e.ordering_key]);", ""]],
		tests: ["store/ordering.test.ts"],
	},
	{
		name: "key-stays-closed-after-a-bad-row",
		invariant: "I12",
		breaks: "behind a row that cannot be sent its key waits for ever",
		file: "migrations/functions/set_aside.sql",
		edits: [["IF ended IS NOT NULL THEN", "IF false THEN"]],
		tests: ["store/encodings.test.ts"],
	},
	{
		name: "retried-out-of-turn",
		invariant: "I10",
		breaks: "a dead event that is retried is sent beside one of its key that is under way",
		file: "migrations/functions/decide_events.sql",
		edits: [["ELSE excluded.blocked END;", "ELSE false END;"]],
		tests: ["store/ordering.test.ts", "store/decide-events.test.ts"],
	},
	{
		name: "uncertain-lets-the-next-go",
		invariant: "I10",
		breaks: "an event is sent although nobody knows what became of the one before it",
		file: "migrations/functions/settle_failed.sql",
		edits: [
			[
				"CASE WHEN s.status = 'dead' THEN s.ordering_key END AS ended_key",
				"CASE WHEN s.status IN ('dead', 'uncertain') THEN s.ordering_key END AS ended_key",
			],
			[
				"IF ended_keys IS NOT NULL THEN PERFORM",
				"UPDATE reward_outbox.event_states s SET blocked = false WHERE s.ordering_key = ANY (ended_keys); IF ended_keys IS NOT NULL THEN PERFORM",
			],
		],
		tests: ["store/ordering.test.ts"],
	},
];
