import type { Database } from "./database.ts";

/** An event whose lease expired unsettled: it may have been sent. */
export interface ExpiredEvent {
	readonly leaseId: string;
	readonly relayNo: number;
	readonly eventId: string;
	readonly attempt: number;
	readonly excused: number;
	readonly atMostOnce: boolean;
	readonly maxAttempts: number | null;
	readonly ordered: boolean;
	/** Milliseconds since it was claimed. */
	readonly ageMs: number;
}

const EXPIRED = `
SELECT lease_id AS "leaseId", relay_no AS "relayNo", event_id AS "eventId", attempt, excused, at_most_once AS "atMostOnce",
       max_attempts AS "maxAttempts", ordered, age_ms AS "ageMs"
FROM reward_outbox.expired_leases($1, $2)`;

/**
 * What silent relays left behind, of at most `limit` leases. Leases with nothing left are removed on the way.
 * @param backMs leases that expired longer ago were seen to by an earlier call, in milliseconds; null (default): look
 *   at all
 */
export async function expiredEvents(
	db: Database,
	limit: number,
	backMs: number | null = null,
): Promise<ExpiredEvent[]> {
	return (await db.query<ExpiredEvent>(EXPIRED, [limit, backMs])).rows;
}

/** Removes the older steps of the head. */
export async function tidy(db: Database): Promise<void> {
	await db.query("SELECT reward_outbox.tidy()");
}
