import type { Mutant } from "../mutant.ts";

const WAKE_MODE = "src/relay/wake-mode.ts";
const CLAIM_LOOP = "src/relay/claim-loop.ts";
const LISTENER = "src/relay/listener.ts";

/** How a relay learns of what is written, and what that costs whoever writes. */
export const WAKING: readonly Mutant[] = [
	{
		name: "looks-before-it-listens",
		invariant: "I7",
		breaks: "what is written between the look and LISTEN waits for the poll",
		file: LISTENER,
		edits: [
			[
				"const subscription = await this.#subscribe(signal);",
				"this.#options.onNotified(); const subscription = await this.#subscribe(signal);",
			],
			["this.#options.onNotified(); await this.#listenUntilBroken", "await this.#listenUntilBroken"],
		],
		tests: ["relay/listener.test.ts"],
	},
	{
		name: "deaf-without-noticing",
		invariant: "I7",
		breaks: "a listener behind a pooler believes that it hears",
		file: LISTENER,
		edits: [["if (outcome !== true) {", "if (false as boolean) {"]],
		tests: ["relay/listener.test.ts"],
	},
	{
		name: "no-last-look",
		invariant: "I7",
		breaks: "what was written in silence before the lock was granted waits for the poll",
		file: WAKE_MODE,
		edits: [['held: { mode: "listening", look: true },', 'held: { mode: "listening" },']],
		tests: ["relay/wake-mode.test.ts"],
	},
	{
		name: "look-under-way-counts-as-the-last",
		invariant: "I7",
		breaks: "a look that began before the lock was granted counts as the one that follows it",
		file: "src/relay/claim-loop.ts",
		edits: [["if (mustLook) this.#look = true; this.wait.end();", "this.wait.end();"]],
		tests: ["relay/claim-loop.test.ts"],
	},
	{
		name: "deaf-to-loss",
		invariant: "I7",
		breaks: "a relay whose lock is gone goes on listening, and nobody notifies",
		file: WAKE_MODE,
		edits: [
			[
				'dismissed: STAND_BY, held: stay("listening"), lost: ASK,',
				'dismissed: STAND_BY, held: stay("listening"), lost: stay("listening"),',
			],
		],
		tests: ["relay/wake-mode.test.ts"],
	},
	{
		name: "asks-while-it-is-busy",
		invariant: "I6",
		breaks: "writers go on paying for notifications that nobody needs",
		file: WAKE_MODE,
		edits: [
			[
				'const POLL: WakeStep = { mode: "polling", lock: "release", look: true };',
				'const POLL: WakeStep = { mode: "polling", look: true };',
			],
		],
		tests: ["relay/wake-mode.test.ts"],
	},
	{
		name: "notifies-whether-asked-or-not",
		invariant: "I6",
		breaks: "every writer notifies, and commits stand in line",
		file: "migrations/functions/notify_relays.sql",
		edits: [["WHEN (NOT NEW.silent) EXECUTE", "EXECUTE"]],
		tests: ["store/wake.test.ts"],
	},
	{
		name: "notifies-nobody",
		invariant: "I7",
		breaks: "a relay that asks to be notified is not",
		file: "migrations/functions/notify_relays.sql",
		edits: [["WHEN (NOT NEW.silent) EXECUTE", "WHEN (NEW.silent) EXECUTE"]],
		tests: ["store/wake.test.ts"],
	},
	{
		name: "writers-wait-for-the-lock",
		invariant: "I6",
		breaks: "an INSERT waits for the relay that holds the wake lock",
		file: "migrations/0002_outbox.sql",
		edits: [
			[
				"DEFAULT pg_try_advisory_xact_lock_shared(1380929362, 1),",
				"DEFAULT (pg_advisory_xact_lock_shared(1380929362, 1)::text IS NULL),",
			],
		],
		tests: ["store/wake.test.ts"],
	},
	{
		name: "lock-given-back-too-early",
		invariant: "I7",
		breaks: "a relay believes that every silent writer has ended while one is still to commit",
		file: "migrations/0002_outbox.sql",
		edits: [
			[
				"DEFAULT pg_try_advisory_xact_lock_shared(1380929362, 1),",
				"DEFAULT (CASE WHEN pg_try_advisory_lock_shared(1380929362, 1) THEN pg_advisory_unlock_shared(1380929362, 1) ELSE false END),",
			],
		],
		tests: ["store/wake.test.ts"],
	},
	{
		name: "notifies-into-a-full-queue",
		invariant: "I6",
		breaks: "when the queue of notifications is full, the application's COMMIT fails",
		file: "migrations/functions/notify_relays.sql",
		edits: [["IF wanted <> 'off' AND pg_notification_queue_usage() < 0.75 THEN", "IF wanted <> 'off' THEN"]],
		tests: ["store/wake.test.ts"],
	},
	{
		name: "captured-events-notify",
		invariant: "I6",
		breaks: "PREPARE TRANSACTION fails on a watched table",
		file: "migrations/functions/notify_relays.sql",
		edits: [["<> '0' THEN 'off' ELSE 'on' END);", "<> '0' THEN 'on' ELSE 'on' END);"]],
		tests: ["watches/waiting.test.ts"],
	},
	{
		name: "claim-locks-the-outbox",
		invariant: "I6",
		breaks: "while a relay claims, no application can write",
		file: "migrations/functions/claim.sql",
		edits: [
			[
				"LOCK TABLE reward_outbox.claim_turn IN SHARE UPDATE EXCLUSIVE MODE;",
				"LOCK TABLE reward_outbox.claim_turn IN SHARE UPDATE EXCLUSIVE MODE; LOCK TABLE reward_outbox.outbox IN SHARE MODE;",
			],
		],
		tests: ["store/reading.test.ts"],
	},
	{
		name: "failed-claim-forgets-to-look",
		invariant: "I7",
		breaks: "after a claim that failed what is there waits for the poll",
		file: CLAIM_LOOP,
		edits: [
			[
				"#lookAgain(error: unknown): never { this.#look = true; this.#dueAt(this.#options.parts.clock.now());",
				"#lookAgain(error: unknown): never {",
			],
		],
		tests: ["relay/claim-loop.test.ts"],
	},
	{
		name: "due-meanwhile-overwritten",
		invariant: "I7",
		breaks: "what becomes due while a claim is under way waits for the poll",
		file: CLAIM_LOOP,
		edits: [
			["if (lookForDue) this.#nextDueAt = Number.POSITIVE_INFINITY; this.#lastClaimAt", "this.#lastClaimAt"],
			[
				"const now = parts.clock.now(); this.#more = claim.more;",
				"const now = parts.clock.now(); if (lookForDue) this.#nextDueAt = Number.POSITIVE_INFINITY; this.#more = claim.more;",
			],
		],
		tests: ["relay/claim-loop.test.ts"],
	},
	{
		name: "no-poll",
		invariant: "I7",
		breaks: "a notification that was lost is never made up for",
		file: CLAIM_LOOP,
		edits: [["if (now >= this.#nextPollAt) this.#poll(now);", ""]],
		tests: ["relay/claim-loop.test.ts"],
	},
	{
		name: "hot-loop-on-what-waits",
		invariant: "I8",
		breaks: "what is due and cannot be claimed is asked for without a pause",
		file: CLAIM_LOOP,
		edits: [["Math.max(nextDueMs, DUE_AGAIN_MS)", "nextDueMs"]],
		tests: ["relay/claim-loop.test.ts"],
	},
	{
		name: "one-poison-event-opens-the-breaker",
		invariant: "I12",
		breaks: "one event that fails again and again stops all others",
		file: "src/relay/breaker.ts",
		edits: [["this.#failedEvents.add(eventId);", "this.#failedEvents.add(eventId + now);"]],
		tests: ["relay/breaker.test.ts"],
	},
	{
		name: "breaker-ramps-at-once",
		invariant: "I8",
		breaks: "a Reward that is just back gets the whole backlog at once",
		file: "src/relay/breaker.ts",
		edits: [
			["this.#openedAt = undefined; this.#limit = 1;", "this.#openedAt = undefined; this.#limit = this.#most;"],
			["random); this.#limit = 1;", "random);"],
		],
		tests: ["relay/breaker.test.ts"],
	},
	{
		name: "late-success-resumes-the-key",
		invariant: "I1",
		breaks: "an answer that was under way when the key was refused ends the pause",
		file: "src/relay/key-pause.ts",
		edits: [["if (startedAt < this.#pausedAt) return undefined;", ""]],
		tests: ["relay/key-pause.test.ts"],
	},
	{
		name: "refused-key-storms",
		invariant: "I8",
		breaks: "while the key is refused the whole backlog is tried with it",
		file: "src/relay/key-pause.ts",
		edits: [["return now >= this.#probeAt && inFlight === 0 ? 1 : 0;", "return most;"]],
		tests: ["relay/key-pause.test.ts"],
	},
	{
		name: "hanging-trigger-keeps-its-slots",
		invariant: "I12",
		breaks: "one trigger that hangs holds every slot until its deadline",
		file: "src/relay/dispatcher.ts",
		edits: [["return allowed < most ? allowed : most + this.#gates.stalled(now);", "return allowed;"]],
		tests: ["relay/hanging-triggers.test.ts"],
	},
	{
		name: "pauses-hold-nothing",
		invariant: "I2",
		breaks: "what was claimed in a wrong database is sent all the same",
		file: "src/relay/dispatcher.ts",
		edits: [
			[
				"if (this.#closed || this.#held || !this.#canBeRecorded) return 0;",
				"if (this.#closed || !this.#canBeRecorded) return 0;",
			],
		],
		tests: ["relay/dispatcher.test.ts"],
	},
];
