/**
 * The simulated database: what the SQL does, in memory. Each function of the schema that delivery rests on is a
 * function here, of the same name, that takes {@link Tables} and changes them at once and as a whole, as one
 * transaction would. Nothing here knows chance, and time is `tables.now`, which whoever calls sets before: it may jump.
 *
 * - A relay: claim.ts, settle.ts, give-back.ts, expire.ts, relays.ts, identity.ts, history.ts.
 * - Writers: writers.ts. Transactions get their numbers when they begin, and may commit in any order.
 * - Operators: decisions.ts, policies.ts, prune.ts, adopt.ts.
 * - What people read: views.ts.
 *
 * Not here: sessions and their locks, notifications (`tables.notifies` says that one goes out with the commit), and
 * what can happen to a call on its way. Held to the real functions by ../conformance.test.ts.
 */
import type { OutcomeClass } from "../../../src/event/outcome.ts";
import type { Identity } from "../../../src/event/which-database.ts";

/** As in `event_states`; `delivered` there is what a person resolved so. */
type StateStatus = "pending" | "sending" | "delivered" | "dead" | "uncertain" | "cancelled";

/** A row of `attempt_log`. */
export interface Attempt {
	readonly attempt: number;
	readonly startedAt: number;
	readonly durationMs: number | null;
	readonly relayNo: number;
	readonly httpStatus: number | null;
	readonly outcome: OutcomeClass;
	readonly errorCode: string | null;
	readonly errorMessage: string | null;
	readonly responseBody: string | null;
	readonly leaseId: string | null;
}

/** A committed row of `outbox`, and what hangs on it. */
export interface Event {
	readonly id: string;
	readonly xid: number;
	readonly seq: number;
	readonly createdAt: number;
	readonly deliverAfter: number | null;
	readonly epoch: number;
	readonly triggerId: string;
	readonly userId: string;
	/** `payload::text`. */
	readonly payload: string;
	readonly idempotencyKey: string | null;
	readonly capturedKey: string | null;
	readonly orderingKey: string | null;
	readonly source: string | null;
	/** As event_bytes() counts. */
	readonly bytes: number;
	/** A claim has read it. */
	isRead: boolean;
	state: EventState | null;
	attempts: Attempt[];
	/** Claims that name it. */
	claims: number;
}

/** A row of `event_states`. */
export interface EventState {
	readonly event: Event;
	nextAttemptAt: number;
	changedAt: number;
	attempts: number;
	excused: number;
	status: StateStatus;
	blocked: boolean;
	leaseId: string | null;
	reason: string | null;
	duplicateOf: string | null;
}

/** A row of `claims`. */
export interface Lease {
	readonly leaseId: string;
	readonly relayNo: number;
	claimedAt: number;
	expiresAt: number;
	readonly fromHead: boolean;
	/** Events and the attempt each is at. */
	events: { readonly event: Event; readonly attempt: number }[];
}

/** A row of `triggers`. */
export interface Trigger {
	readonly triggerId: string;
	mode: "at_least_once" | "at_most_once";
	maxAttempts: number | null;
	ratePerSecond: number | null;
	maxInFlight: number | null;
	evidenceWaitMs: number | null;
	pausedAt: number | null;
	pausedBy: string | null;
	pausedReason: string | null;
	pausedCode: string | null;
	probeAt: number | null;
	probeEveryMs: number;
	probes: number;
	tokens: number | null;
	refilledAt: number | null;
}

/** A row of `waiting_triggers`. */
interface Waiting {
	lookAt: number;
	atLimit: boolean;
}

/** The indexes of `event_states` by trigger. */
export interface TriggerQueue {
	/** Pending and not blocked, the one that is due first in front. */
	readonly due: EventState[];
	sending: number;
}

/** A row of `relays`. */
export interface Relay {
	readonly relayNo: number;
	readonly name: string;
	seenAt: number;
	stoppedAt: number | null;
	checkedInAt: number | null;
	sessionId: number | null;
	serverStartedAt: number | null;
	sessionSince: number | null;
	wakeMode: string;
	able: boolean;
}

/** A row of `relay_proofs`. */
export interface Proof {
	readonly relayNo: number;
	beats: number;
	beatAt: number;
	ended: boolean;
	vouchedFor: string | null;
	vouchedAt: number | null;
	lastBeatThen: number | null;
}

/** The row of `installation`. */
interface Installation {
	installationId: string;
	lineage: string[];
	epoch: number;
	epochs: number[];
	recorded: Identity;
	/** Written here by a function of the schema. */
	isOriginal: boolean;
	doubt: { readonly code: string; readonly reason: string } | null;
}

/** Everything that is committed. Plain data, so that it can be copied as a whole: a backup, a standby. */
export interface Tables {
	/** The database's clock. Milliseconds. */
	now: number;
	nextXid: number;
	nextSeq: number;
	nextRelayNo: number;
	/** Steps of the head. */
	headPosition: number;
	/** Committed and read by nobody, in reading order: what the next look finds. */
	unread: Event[];
	/** What is left of a look that is read in several steps; null: there is none. */
	look: Event[] | null;
	readonly unreadByKey: Map<string, Set<Event>>;
	readonly events: Map<string, Event>;
	/** By idempotency key, captured ones included. */
	readonly byKey: Map<string, Event[]>;
	readonly eventsOfEpoch: Map<number, number>;
	readonly claims: Map<string, Lease>;
	readonly triggers: Map<string, Trigger>;
	readonly waiting: Map<string, Waiting>;
	readonly queues: Map<string, TriggerQueue>;
	/** Of each ordering key, the states that are under way or wait. */
	readonly ordered: Map<string, Set<EventState>>;
	readonly relays: Map<number, Relay>;
	readonly proofs: Map<string, Proof>;
	readonly missingEvents: Set<string>;
	installation: Installation;
	/** What the server says of itself. */
	found: Identity;
	clockSeenAt: number;
	/** 0 to 1, of the queue of notifications. */
	queueUsage: number;
	/** A notification for the relays goes out with the commit. */
	notifies: boolean;
}

const HERE: Identity = {
	systemIdentifier: "7000000000000000000",
	databaseOid: 5,
	outboxOid: 16_400,
	timeline: "00000001",
};

/** A database that has just been migrated. */
export function emptyTables(now: number): Tables {
	return {
		now,
		nextXid: 1_000,
		nextSeq: 1,
		nextRelayNo: 1,
		headPosition: 1,
		unread: [],
		look: null,
		unreadByKey: new Map(),
		events: new Map(),
		byKey: new Map(),
		eventsOfEpoch: new Map(),
		claims: new Map(),
		triggers: new Map(),
		waiting: new Map(),
		queues: new Map(),
		ordered: new Map(),
		relays: new Map(),
		proofs: new Map(),
		missingEvents: new Set(),
		installation: {
			installationId: installationId(1),
			lineage: [],
			epoch: 1,
			epochs: [1],
			recorded: HERE,
			isOriginal: true,
			doubt: null,
		},
		found: HERE,
		clockSeenAt: now,
		queueUsage: 0,
		notifies: false,
	};
}

/** Of the adoption by which an epoch began. */
export function installationId(epoch: number): string {
	return `00000000-0000-4000-8000-${epoch.toString(16).padStart(12, "0")}`;
}

/** What PostgreSQL refuses, by its SQLSTATE. */
export class SqlError extends Error {
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}
