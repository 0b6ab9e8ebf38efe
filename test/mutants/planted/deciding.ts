import type { Mutant } from "../mutant.ts";

const DECIDE = "src/event/decide.ts";
const DATABASE = "src/event/which-database.ts";

/** What follows from an outcome, and whether this is the database to send from. */
export const DECIDING: readonly Mutant[] = [
	{
		name: "doubt-retried-at-most-once",
		invariant: "I4",
		breaks: "an event of at most once is sent again although it may have been applied",
		file: DECIDE,
		edits: [['if (count.atMostOnce || attribution === "event")', 'if (attribution === "event")']],
		tests: ["event/decide.test.ts"],
	},
	{
		name: "mode-lost-by-the-short-way",
		invariant: "I4",
		breaks: "a first attempt does not know that its trigger is at most once",
		file: "migrations/functions/claim_few.sql",
		edits: [["coalesce(t.mode = 'at_most_once', false),", "false,"]],
		tests: ["store/claim-limits.test.ts"],
	},
	{
		name: "mode-lost-in-a-backlog",
		invariant: "I4",
		breaks: "a first attempt out of a backlog does not know that its trigger is at most once",
		file: "migrations/functions/claim.sql",
		edits: [["coalesce(k.at_most_once, false), k.max_attempts,", "false, k.max_attempts,"]],
		tests: ["store/claim-limits.test.ts"],
	},
	{
		name: "mode-lost-by-what-waited",
		invariant: "I4",
		breaks: "a retry does not know that its trigger is at most once",
		file: "migrations/functions/claim_due.sql",
		edits: [
			["coalesce(t.mode = 'at_most_once', false), t.max_attempts, c.ordered,", "false, t.max_attempts, c.ordered,"],
		],
		tests: ["store/claim-limits.test.ts"],
	},
	{
		name: "uncertain-retried-in-passing",
		invariant: "I4",
		breaks: "a retry by filter sends what may have been applied, and nobody allowed that",
		file: "migrations/functions/refusal_code.sql",
		edits: [["WHEN p_status = 'uncertain' AND NOT p_allow_duplicates THEN 'may_be_delivered'", ""]],
		tests: ["store/decide-events.test.ts"],
	},
	{
		name: "retried-while-being-sent",
		invariant: "I3",
		breaks: "a person has an event sent a second time while it is being sent",
		file: "migrations/functions/refusal_code.sql",
		edits: [
			[
				"WHEN p_action = 'retry' THEN CASE WHEN p_status = 'sending' THEN 'being_sent'",
				"WHEN p_action = 'retry' THEN CASE",
			],
		],
		tests: ["store/decide-events.test.ts"],
	},
	{
		name: "attempts-without-end",
		invariant: "I8",
		breaks: "an event is tried for ever",
		file: DECIDE,
		edits: [['if (counted >= (count.maxAttempts ?? policy.maxAttempts)) return { next: "dead" };', ""]],
		tests: ["event/decide.test.ts"],
	},
	{
		name: "key-refused-is-dead",
		invariant: "I1",
		breaks: "a key that expired turns the backlog into dead letters",
		file: DECIDE,
		edits: [
			[
				'case "configuration": case "trigger": return excused(count, policy, random, 0);',
				'case "configuration": case "trigger": return { next: "dead" };',
			],
		],
		tests: ["event/decide.test.ts"],
	},
	{
		name: "slowed-down-is-counted",
		invariant: "I1",
		breaks: "a receiver that asks to slow down uses up attempts",
		file: DECIDE,
		edits: [['case "pacing": return excused(', 'case "pacing": return retry(']],
		tests: ["event/decide.test.ts"],
	},
	{
		name: "firewall-holds-for-ever",
		invariant: "I12",
		breaks: "one payload that a firewall dislikes is asked about for ever",
		file: DECIDE,
		edits: [
			[
				'case "unexplained": return attribution === "event" ? { next: "dead" } : suspended(count, policy, random);',
				'case "unexplained": return suspended(count, policy, random);',
			],
		],
		tests: ["event/decide.test.ts"],
	},
	{
		name: "all-come-back-at-once",
		invariant: "I8",
		breaks: "events that failed together come back together",
		file: "src/event/backoff.ts",
		edits: [["return random * doubledMs(", "return 0.9 * doubledMs("]],
		tests: ["event/backoff.test.ts"],
	},
	{
		name: "backoff-without-cap",
		invariant: "I7",
		breaks: "after some failures an event waits for years",
		file: "src/event/backoff.ts",
		edits: [["Math.min(longestMs, firstMs * 2 ** Math.min(times, 52))", "firstMs * 2 ** Math.min(times, 52)"]],
		tests: ["event/backoff.test.ts"],
	},
	{
		name: "memory-overruled",
		invariant: "I2",
		breaks: "a database that went back is sent from, although the relay remembers more than it knows",
		file: DATABASE,
		edits: [['if (memory === "missing") return stop("went_back", WENT_BACK);', ""]],
		tests: ["event/which-database.test.ts"],
	},
	{
		name: "doubt-forgotten",
		invariant: "I2",
		breaks: "what one relay found missing does not stop the others",
		file: DATABASE,
		edits: [['if (doubt !== null) return { kind: "stop", ...doubt, found: false };', ""]],
		tests: ["event/which-database.test.ts"],
	},
	{
		name: "dump-sent-from",
		invariant: "I2",
		breaks: "a dump that was restored sends everything a second time",
		file: DATABASE,
		edits: [
			[
				"if (recorded.outboxOid !== found.outboxOid || !evidence.isOriginal)",
				"if (recorded.outboxOid !== found.outboxOid)",
			],
		],
		tests: ["event/which-database.test.ts"],
	},
	{
		name: "failover-not-waited-for",
		invariant: "I2",
		breaks: "after a failover a relay goes on before the others have said what they miss",
		file: DATABASE,
		edits: [
			['if (awaited.length === 0) return { kind: "follow" };', 'if (awaited.length >= 0) return { kind: "follow" };'],
		],
		tests: ["event/which-database.test.ts"],
	},
	{
		name: "silence-is-a-no",
		invariant: "I3",
		breaks: "where receipts do not come at all, an event counts as not recorded and is sent again",
		file: "src/event/reconcile.ts",
		edits: [["if (others === null || !wereHeard(others.around))", "if (others === null)"]],
		tests: ["event/reconcile.test.ts"],
	},
	{
		name: "burst-believed",
		invariant: "I9",
		breaks: "receipts that somebody makes up mark events as delivered",
		file: "src/event/reconcile.ts",
		edits: [['return evidence(isBurst(habits) ? "burst" : "confirmed");', 'return evidence("confirmed");']],
		tests: ["event/reconcile.test.ts"],
	},
];
