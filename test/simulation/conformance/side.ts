import type { DecisionResult } from "../../../src/store/decide-events.ts";
import type { PruneStep } from "../../../src/store/prune.ts";
import type { RelayStore } from "../../../src/store/relay-store.ts";
import type { PolicyChanges } from "../../../src/store/trigger-policy.ts";
import type { NewEvent } from "../database/writers.ts";

/** What of a relay's statements is compared. */
export type ComparedStore = Omit<RelayStore, "recordSample" | "tidySamples">;

/** One of the two that are compared: the real functions in a real PostgreSQL, or the model. */
export interface Side {
	readonly store: ComparedStore;
	setClock(ms: number): Promise<void>;
	/** A transaction that has its number. */
	begin(writer: number): Promise<void>;
	insert(writer: number, event: NewEvent): Promise<void>;
	commit(writer: number): Promise<void>;
	rollback(writer: number): Promise<void>;
	retry(ids: readonly string[], allowDuplicates: boolean): Promise<DecisionResult[]>;
	cancel(ids: readonly string[], reason: string): Promise<DecisionResult[]>;
	resolve(id: string, delivered: boolean, reason: string): Promise<DecisionResult[]>;
	pause(triggerId: string, reason: string, by: string): Promise<void>;
	resume(triggerId: string): Promise<boolean>;
	set(triggerId: string, changes: PolicyChanges): Promise<void>;
	prune(beforeMs: number, limit: number): Promise<PruneStep>;
	adopt(cancelBacklog: boolean): Promise<number>;
	/** A relay has a session of its own from now on, another one than before. */
	openSession(relay: number): Promise<void>;
	/** It ends, and the server knows. */
	endSession(relay: number): Promise<void>;
	/** The server's process id; null: there is none. */
	sessionOf(relay: number): number | null;
	/** The session of a relay waits for the wake lock. */
	requestLock(relay: number): Promise<void>;
	/** It gives it up, or waits no longer. */
	releaseLock(relay: number): Promise<void>;
	/** The relays whose sessions hold it. */
	lockHolders(): Promise<number[]>;
	/** Whether relays were notified since this was asked last. */
	wasNotified(): Promise<boolean>;
	/** Everything that is in it. */
	state(): Promise<State>;
}

type Row = Readonly<Record<string, unknown>>;

/** Tables and views, each row under its key. Times in milliseconds. */
export interface State {
	readonly events: Readonly<Record<string, Row>>;
	readonly attempts: Readonly<Record<string, Row>>;
	readonly states: Readonly<Record<string, Row>>;
	readonly claims: Readonly<Record<string, Row>>;
	readonly triggers: Readonly<Record<string, Row>>;
	readonly waiting: Readonly<Record<string, Row>>;
	readonly relays: Readonly<Record<string, Row>>;
	readonly proofs: Readonly<Record<string, Row>>;
	readonly depth: Readonly<Record<string, Row>>;
	readonly unread: readonly string[];
}
