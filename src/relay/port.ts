import type { HoldingReport } from "../event/holding.ts";
import type { Pause } from "../event/pause.ts";
import type { ClaimedEvent } from "../store/claim.ts";
import type { RelayCondition } from "../store/relays.ts";
import type { LeasedAttempt } from "./lease-book.ts";
import type { PendingSettlement } from "./settler.ts";

/** An attempt that has begun. */
export interface Attempt {
	readonly event: ClaimedEvent;
	/** Monotonic. */
	readonly startedAt: number;
}

/**
 * What the rooms of a relay tell it and ask it. Each takes the part that it needs and knows none of the others; the
 * relay passes on what concerns them.
 */
export interface RelayPort {
	/** There are events under way. */
	claimed(): void;
	/**
	 * Until when an event may be sent that was claimed at that time: from then on another relay may take this one for
	 * dead, and send it. Both are monotonic.
	 */
	mayBeSentUntil(claimedAt: number): number;
	/** There is a slot for it: it is sent, and its result gets onto the record. */
	deliver(attempt: Attempt): void;
	/** These were claimed, but will not be sent. */
	giveBack(events: readonly ClaimedEvent[]): void;
	/** Claimed events were handed back. */
	givenBack(count: number): void;
	/** A batch of results is on record. */
	recorded(batch: readonly PendingSettlement[]): void;
	/** An event will be due in `ms` milliseconds. */
	dueIn(ms: number): void;
	/** There are leases that expired, or whose relay has died. */
	reapable(): void;

	/** The database answers again. */
	databaseIsBack(): void;
	/** It was adopted meanwhile, in an older state perhaps: it need not know the leases that are open now. */
	databaseMoved(): void;
	/** Sending from this database stops, or goes on. */
	databasePauseChanged(): void;
	/** Reward refuses the key, or takes it again. */
	keyPauseChanged(pause: Pause | null): void;
	/** Another key was found. */
	keyReloaded(): void;
	/** Puts on record how the relay is. */
	beat(holding: HoldingReport | null): Promise<void>;
	/** Work that runs beside the loops, and that stopping waits for. */
	beside(work: Promise<unknown>): void;

	/** What others are told of this relay while it may send. */
	condition(): RelayCondition;
	/** Leases that the database must still know, unless it went back in time. */
	openLeases(): readonly string[];
	/** Any attempt that is made under a lease; null: nothing is left of it. */
	attemptUnder(leaseId: string): LeasedAttempt | null;
	/** Another relay reaped the lease before its time: the database need not know it any more. */
	reaped(leaseId: string): void;
	/** What is held back and why, apart from a pause; null: nothing is. */
	holding(): HoldingReport | null;
	/** Whether there are events under way. */
	isWorking(): boolean;
	/** Whether waking this relay would lead to a delivery. */
	isAble(): boolean;
}
