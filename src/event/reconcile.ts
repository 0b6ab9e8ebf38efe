import { matchReceipts } from "./receipt-matching.ts";
import { type DoubtsAlike, type ReceiptsAround, riskOfSilence } from "./silence.ts";

// What follows from receipts for an event of which nobody knows whether Reward applied it. Receipts name no event:
// those of the same trigger, user and value (its key) can only be counted. All times are milliseconds since 1970.

/** A request that Reward may have applied: one that it accepted, or an ambiguous one. */
export interface Send {
	readonly event_id: string;
	readonly attempt: number;
	/** Known to be applied: accepted, or decided to be delivered. */
	readonly accepted: boolean;
	readonly at: number;
}

/** What was sent and received for one key. */
export interface KeyEvidence {
	readonly trigger_id: string;
	/** False: there is more of it than was read, and nothing follows. */
	readonly whole: boolean;
	/** Oldest first. */
	readonly sends: readonly Send[];
	/** When each was received, oldest first. */
	readonly receipts: readonly number[];
	/** How the event's last ambiguous attempt ended; null: it has none. */
	readonly ended: HowItEnded | null;
	readonly now: number;
}

/** What is known of an ambiguous attempt: those that ended the same way are compared. */
export interface HowItEnded {
	readonly http_status: number | null;
	readonly error_code: string | null;
}

/** What is known of the receipts of a trigger in general. */
export interface ReceiptHabits {
	/** Receipts, out of the last 500, that a request explains. */
	readonly measured: number;
	/** And those that none does. */
	readonly unexplained: number;
	readonly median_ms: number | null;
	readonly p99_ms: number | null;
}

/** What is known of others when none came for an event. */
export interface Others {
	readonly around: ReceiptsAround;
	readonly alike: DoubtsAlike;
}

/**
 * `confirmed`: there are receipts that nothing else can have caused. `not_recorded`: the others' receipts came, and
 * none for this. `shared`: there are receipts, but not for all that are alike. `waiting`: one may still come.
 * `unheard`: none came, which says nothing, because too few came at all. `burst`: too many came that nothing explains.
 * `too_many`: more are alike than can be counted.
 * `settled`: none of its requests is in doubt.
 */
type Verdict = "confirmed" | "not_recorded" | "shared" | "waiting" | "unheard" | "burst" | "too_many" | "settled";

/** What follows, and from what. Kept on record with the event that it decided. */
export interface Evidence {
	readonly verdict: Verdict;
	/** Always: webhooks are not signed, and name no event. */
	readonly class: "unsigned_receipts";
	/** Requests of the key that are known to be applied. */
	readonly accepted: number;
	/** Requests of the key of which nobody knows, those of this event included. */
	readonly ambiguous: number;
	/** Receipts of the key. */
	readonly receipts: number;
	/** Receipts of the key that no request explains. */
	readonly surplus: number;
	/** How long a receipt may take. Milliseconds. */
	readonly horizon_ms: number;
	/** Waiting: until when. Null otherwise. */
	readonly until: number | null;
	/** Not recorded: how likely it is, at most, that it was applied and its receipt lost, 0 to 1. Null otherwise. */
	readonly risk: number | null;
}

/** A trigger of which too many receipts came that nothing explains. */
export interface ReceiptBurst {
	readonly trigger_id: string;
	/** Of its last receipts: those that a request explains, */
	readonly measured: number;
	/** and those that none does. */
	readonly unexplained: number;
	readonly since: Date;
}

const MINUTE_MS = 60_000;
/** Fewer receipts than this say nothing about how long they take. */
const MEASURED_AT_LEAST = 20;
const UNMEASURED_HORIZON_MS = 24 * 60 * MINUTE_MS;
/**
 * Reward tries again for a while when we did not answer; an hour is longer than any webhook that is worth waiting for.
 */
const HORIZON_AT_LEAST_MS = 60 * MINUTE_MS;
/** Of the slowest receipt in a hundred. */
const HORIZON_FACTOR = 4;
/** Unexplained receipts, as a share of the explained ones and at least, that make a burst. */
const BURST_SHARE = 0.1;
const BURST_AT_LEAST = 5;
/** Silence counts where this many others were accepted, and this share of them was heard of. */
const AROUND_AT_LEAST = 20;
const HEARD_SHARE = 0.8;

/** How long a receipt may take: longer than any has taken, as far as that was measured. Milliseconds. */
export function horizonMs({ measured, p99_ms }: ReceiptHabits): number {
	if (measured < MEASURED_AT_LEAST || p99_ms === null) return UNMEASURED_HORIZON_MS;
	return Math.min(UNMEASURED_HORIZON_MS, Math.max(HORIZON_AT_LEAST_MS, HORIZON_FACTOR * p99_ms));
}

/** Whether receipts come that nothing of ours explains: somebody makes them up, or sends events past the outbox. */
export function isBurst({ measured, unexplained }: Pick<ReceiptHabits, "measured" | "unexplained">): boolean {
	return unexplained > Math.max(BURST_AT_LEAST, BURST_SHARE * measured);
}

/**
 * What receipts say about one event. Total: it is never more certain than the counts are.
 * @param others null: nobody has looked
 */
export function reconcile(eventId: string, key: KeyEvidence, habits: ReceiptHabits, others: Others | null): Evidence {
	const horizon = horizonMs(habits);
	const explainedBy = (of: readonly Send[]) =>
		matchReceipts(
			of.map(({ at }) => at),
			key.receipts,
			horizon,
		).explained;
	const isOwn = (send: Send) => send.event_id === eventId && !send.accepted;
	const all = explainedBy(key.sends);
	const evidence = (verdict: Verdict, { until = null, risk = null }: Partial<Evidence> = {}): Evidence => ({
		verdict,
		class: "unsigned_receipts",
		accepted: key.sends.filter(({ accepted }) => accepted).length,
		ambiguous: key.sends.filter(({ accepted }) => !accepted).length,
		receipts: key.receipts.length,
		surplus: key.receipts.length - all,
		horizon_ms: horizon,
		until,
		risk,
	});
	if (!key.sends.some(isOwn)) return evidence("settled");
	if (!key.whole) return evidence("too_many");
	// Whatever the others were, they cannot have caused all of these receipts.
	if (explainedBy(key.sends.filter((send) => !isOwn(send))) < all)
		return evidence(isBurst(habits) ? "burst" : "confirmed");
	const applied = explainedBy(key.sends.filter(({ accepted }) => accepted));
	if (explainedBy(key.sends.filter((send) => send.accepted || isOwn(send))) > applied) return evidence("shared");
	const until = Math.max(...key.sends.filter(isOwn).map(({ at }) => at)) + horizon;
	if (until >= key.now) return evidence("waiting", { until });
	if (others === null || !wereHeard(others.around)) return evidence("unheard");
	return evidence("not_recorded", { risk: riskOfSilence(others.around, others.alike) });
}

function wereHeard(around: ReceiptsAround): boolean {
	return around.accepted >= AROUND_AT_LEAST && around.confirmed >= HEARD_SHARE * around.accepted;
}
