import { type Database, isAboutContent } from "./database.ts";
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
	/** So many more were read that have to wait. */
	readonly moved: number;
	/** There is more to read right now. */
	readonly more: boolean;
	/** Milliseconds until a waiting event is due; null: none waits; undefined: not looked for. */
	readonly nextDueMs: number | null | undefined;
}

const CLAIM = prepared("claim", "SELECT to_json(c) FROM reward_outbox.claim($1, $2, $3, $4, $5, $6, $7, $8, $9) c");

/** In one transaction: what a claim rests on can change from one statement to the next. */
const CLAIM_WHERE_KNOWN = prepared(
	"claim_where_known",
	`SELECT to_json(c) FROM reward_outbox.require_known_database($10, $11, $12, $13) known,
		reward_outbox.claim($1, $2, $3, $4, $5, $6, $7, $8, $9) c`,
);

/** As reward_outbox.claim answers. */
interface Answer {
	readonly events: readonly EventRow[];
	readonly moved: number;
	readonly more: boolean;
	readonly looked_for_due: boolean;
	readonly next_due_ms: number | null;
}

/** As reward_outbox.claimed_event has it. */
interface EventRow {
	readonly event_id: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly body: string;
	readonly attempt: number;
	readonly excused: number;
	readonly at_most_once: boolean;
	readonly max_attempts: number | null;
	readonly ordered: boolean;
	readonly from_head: boolean;
	readonly age_ms: number;
}

/**
 * Leases events. Resolves only once the claim is committed: this is the record of intent that precedes the first byte.
 */
export async function claim(db: Database, request: ClaimRequest): Promise<Claim> {
	const answer = await claimOnce(db, request, false).catch((error) => {
		// Nothing was claimed. One of the events cannot be sent to us; it is found and set aside, so that it stops nobody
		// else.
		if (!isAboutContent(error)) throw error;
		return claimOnce(db, request, true);
	});
	return {
		events: answer.events.map((row) => claimedEvent(row, request)),
		moved: answer.moved,
		more: answer.more,
		nextDueMs: answer.looked_for_due ? answer.next_due_ms : undefined,
	};
}

async function claimOnce(db: Database, request: ClaimRequest, careful: boolean): Promise<Answer> {
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
	const rows = await (known === null
		? runPrepared<[Answer]>(db, CLAIM, values)
		: runPrepared<[Answer]>(db, CLAIM_WHERE_KNOWN, [
				...values,
				known.installationId,
				known.proofId,
				known.beats,
				known.headPosition,
			]));
	return (rows[0] as [Answer])[0];
}

function claimedEvent(row: EventRow, request: ClaimRequest): ClaimedEvent {
	return {
		eventId: row.event_id,
		triggerId: row.trigger_id,
		userId: row.user_id,
		body: row.body,
		attempt: row.attempt,
		excused: row.excused,
		atMostOnce: row.at_most_once,
		maxAttempts: row.max_attempts,
		ordered: row.ordered,
		fromHead: row.from_head,
		leaseId: row.from_head ? request.headLease : request.dueLease,
		ageMs: row.age_ms,
	};
}
