import type { Database } from "./database.ts";
import { isAboutContent } from "./database-error.ts";
import type { Remembered } from "./identity.ts";
import { prepared, runPrepared } from "./prepared.ts";

/** One event a relay may send now, under a lease. */
export interface ClaimedEvent {
	readonly eventId: string;
	readonly triggerId: string;
	readonly userId: string;
	/** `payload::text`. */
	readonly body: string;
	/** 1 for the first. Counted by the claim. */
	readonly attempt: number;
	/** Earlier attempts that do not count against the limit. */
	readonly excused: number;
	readonly atMostOnce: boolean;
	/** The trigger's own limit; null: the relay's. */
	readonly maxAttempts: number | null;
	/** Has an ordering key: settling it may set another event free. */
	readonly ordered: boolean;
	readonly leaseId: string;
	/** A first attempt, straight from the outbox; false: it has waited. */
	readonly fromHead: boolean;
	/** Milliseconds since the event was written (or due), by the database's clock, when it was claimed. */
	readonly ageMs: number;
}

export interface ClaimRequest {
	readonly relayNo: number;
	/** Fresh random ids, made by the caller so that a claim whose answer is lost can be given back. */
	readonly headLease: string;
	readonly dueLease: string;
	readonly leaseMs: number;
	/** Most events wanted. */
	readonly limit: number;
	/** Also look at events that wait for a time: retries, delayed, limited, ordered. */
	readonly lookForDue: boolean;
	/** Triggers that may not be claimed now. */
	readonly heldBack: readonly string[];
	/** Triggers of which one event may be claimed, as a probe. */
	readonly probing: readonly string[];
	/**
	 * What the relay knows of the database; the claim fails with {@link WRONG_DATABASE} where that is not so. Null: it is
	 * not asked.
	 */
	readonly known: KnownDatabase | null;
}

/** What has to be so in the database that a claim is made in. See `require_known_database()`. */
export type KnownDatabase = Pick<Remembered, "installationId" | "proofId" | "beats" | "headPosition">;

/** The SQLSTATE of a claim in a database that the relay does not know. */
export const WRONG_DATABASE = "RWDB1";

export interface Claim {
	readonly events: ClaimedEvent[];
	/** How many more were read that have to wait. */
	readonly moved: number;
	/** There is more to read right now. */
	readonly more: boolean;
	/** Milliseconds until a waiting event is due; null: none waits; undefined: not looked for. */
	readonly nextDueMs: number | null | undefined;
}

/** What the look found out, beside each event; without any event, once. */
const ANSWER = "e.*, c.moved, c.more, c.looked_for_due, c.next_due_ms";
const EVENTS = "LEFT JOIN unnest(c.events) e ON true";

const CLAIM = prepared(
	"claim",
	`SELECT ${ANSWER} FROM reward_outbox.claim($1, $2, $3, $4, $5, $6, $7, $8, $9) c ${EVENTS}`,
);

/** In one transaction: what a claim rests on can change from one statement to the next. */
const CLAIM_WHERE_KNOWN = prepared(
	"claim_where_known",
	`SELECT ${ANSWER} FROM reward_outbox.require_known_database($10, $11, $12, $13) known,
		reward_outbox.claim($1, $2, $3, $4, $5, $6, $7, $8, $9) c ${EVENTS}`,
);

/**
 * Read as an array: this is the hot path. As one value of JSON, a claim of a hundred events took a seventh more of the
 * server's time.
 */
type Row = [
	// As reward_outbox.claimed_event has them. Null: there is no event.
	eventId: string | null,
	triggerId: string,
	userId: string,
	body: string,
	attempt: number,
	excused: number,
	atMostOnce: boolean,
	maxAttempts: number | null,
	ordered: boolean,
	fromHead: boolean,
	ageMs: number,
	// As reward_outbox.claim answers them beside.
	moved: number,
	more: boolean,
	lookedForDue: boolean,
	nextDueMs: number | null,
];

/**
 * Leases events. Resolves only once the claim is committed: this is the record of intent that precedes the first byte.
 */
export async function claim(db: Database, request: ClaimRequest): Promise<Claim> {
	const rows = await claimRows(db, request, false).catch((error) => {
		// Nothing was claimed. One of the events cannot be sent to us; it is found and set aside, so that it stops nobody
		// else.
		if (!isAboutContent(error)) throw error;
		return claimRows(db, request, true);
	});
	const { 11: moved, 12: more, 13: lookedForDue, 14: nextDueMs } = rows[0] as Row;
	return {
		events: rows.flatMap((row) => (row[0] === null ? [] : [claimedEvent(row[0], row, request)])),
		moved,
		more,
		nextDueMs: lookedForDue ? nextDueMs : undefined,
	};
}

function claimRows(db: Database, request: ClaimRequest, careful: boolean): Promise<Row[]> {
	const { known } = request;
	const values = [
		request.relayNo,
		request.headLease,
		request.dueLease,
		request.leaseMs,
		request.limit,
		request.lookForDue,
		request.heldBack,
		request.probing,
		careful,
	];
	if (known === null) return runPrepared<Row>(db, CLAIM, values);
	const { installationId, proofId, beats, headPosition } = known;
	return runPrepared<Row>(db, CLAIM_WHERE_KNOWN, [...values, installationId, proofId, beats, headPosition]);
}

function claimedEvent(eventId: string, row: Row, request: ClaimRequest): ClaimedEvent {
	const fromHead = row[9];
	return {
		eventId,
		triggerId: row[1],
		userId: row[2],
		body: row[3],
		attempt: row[4],
		excused: row[5],
		atMostOnce: row[6],
		maxAttempts: row[7],
		ordered: row[8],
		fromHead,
		leaseId: fromHead ? request.headLease : request.dueLease,
		ageMs: row[10],
	};
}
