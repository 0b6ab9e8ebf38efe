import type { RetryPolicy } from "../event/backoff.ts";
import type { Decision } from "../event/decide.ts";
import type { Outcome } from "../event/outcome.ts";
import type { Logger } from "../log.ts";
import type { Sender } from "../reward/sender.ts";
import type { ClaimedEvent } from "../store/claim.ts";
import type { RelayStore } from "../store/relay-store.ts";
import type { Clock } from "../timing/clock.ts";
import type { RequestSlots } from "./request-budget.ts";
import type { StateFile } from "./state-file.ts";
import type { WakeLock } from "./wake-mode.ts";

/** What a relay is told. */
export interface RelaySettings extends RetryPolicy {
	/** Shown in attempts, `status` and logs. */
	readonly name: string;
	/** Of reward-outbox. */
	readonly version: string;
	/** Requests in flight at most. */
	readonly concurrency: number;
	readonly requestTimeoutMs: number;
	readonly leaseMs: number;
	readonly pollIntervalMs: number;
	readonly pace: IdlePace;
}

/** How often a relay that has nothing to do asks and tells. Milliseconds. */
export interface IdlePace {
	/** Between two words to the other relays, when there are none. */
	readonly aloneMs: number;
	/** Between two heartbeats. People take a relay for dead after 30 seconds. */
	readonly heartbeatMs: number;
	/** Between two looks whether something is held back. */
	readonly lookMs: number;
	/** Between two looks at a database that notifies, in poll intervals. */
	readonly listeningPolls: number;
	/** Between two notifications of the listener to itself. */
	readonly probeMs: number;
	/** Between two comparisons of receipts with what was sent. */
	readonly receiptsMs: number;
}

/** One database in a process. */
export const PACE_OF_ONE: IdlePace = {
	aloneMs: 4_000,
	heartbeatMs: 10_000,
	lookMs: 1_000,
	listeningPolls: 1,
	probeMs: 15_000,
	receiptsMs: 5_000,
};
/** Hundreds: what each costs while it is idle is all that they cost. */
export const PACE_OF_MANY: IdlePace = {
	aloneMs: 20_000,
	heartbeatMs: 22_000,
	lookMs: 5_000,
	listeningPolls: 6,
	probeMs: 60_000,
	receiptsMs: 60_000,
};

/** Everything that happens to a relay, for metrics. */
export interface RelayObserver {
	/**
	 * `writtenToDeliveredMs`: from the insert (or deliver_after) to acceptance; null: not accepted. `next`: what was
	 * decided.
	 */
	attempt(
		event: ClaimedEvent,
		outcome: Outcome,
		durationMs: number,
		writtenToDeliveredMs: number | null,
		next: Decision["next"],
	): void;
	claimed(count: number, durationMs: number): void;
	/** A batch of results is on record. */
	settled(count: number, durationMs: number): void;
	/** Recording results failed, and will be tried again. */
	settleFailed(): void;
	/** Results that PostgreSQL will never take. */
	lost(count: number): void;
	givenBack(count: number): void;
	/** Events under expired leases were put on record. */
	reaped(count: number): void;
	paused(scope: "relay" | "trigger"): void;
}

/** The world as the relay's core sees it: all of it comes in from outside, so that it can be replaced as a whole. */
export interface RelayParts {
	readonly store: RelayStore;
	/** Keeps what the relay knows of its database; null: it is kept in memory only. */
	readonly stateFile: StateFile | null;
	/** By which writers know whether to notify. */
	readonly wakeLock: WakeLock;
	readonly sender: Sender;
	/** A budget of requests in flight that relays of other databases share; UNSHARED: there are none. */
	readonly slots: RequestSlots;
	readonly clock: Clock;
	/** A number in [0, 1). */
	readonly random: () => number;
	/** A random UUID. */
	readonly newId: () => string;
	readonly log: Logger;
	readonly observer: RelayObserver;
	/** Repeats a statement until it succeeds or cannot; tells of failures in between. */
	readonly persist: <T>(statement: () => Promise<T>, onFailure?: (error: unknown) => void) => Promise<T>;
	/** Whether an error says nothing about the statement itself. */
	readonly isTransient: (error: unknown) => boolean;
	/** The key was refused: read it again. True: it has changed. */
	readonly reloadKey: () => Promise<boolean>;
}
