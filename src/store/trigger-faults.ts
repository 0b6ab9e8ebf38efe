import type { EarlierAttempt } from "../event/attribution.ts";
import type { TriggerPauseCode } from "../event/pause.ts";
import type { Database } from "./database.ts";

/**
 * Pauses a trigger for a fault of the configuration. False: it was paused already.
 * @param probeEveryMs until one event is tried again; doubles each time
 */
export async function pauseForFault(
	db: Database,
	triggerId: string,
	relay: string,
	code: TriggerPauseCode,
	reason: string,
	probeEveryMs: number,
): Promise<boolean> {
	const { rows } = await db.query<{ done: boolean }>(
		"SELECT reward_outbox.pause_for_fault($1, $2, $3, $4, $5) AS done",
		[triggerId, relay, code, reason, probeEveryMs],
	);
	return rows[0]?.done ?? false;
}

/** Whether Reward accepted an event of the trigger that was written after the given one: then it knows the trigger. */
export async function triggerAcceptedSince(db: Database, triggerId: string, eventId: string): Promise<boolean> {
	const { rows } = await db.query<{ yes: boolean }>("SELECT reward_outbox.trigger_accepted_since($1, $2) AS yes", [
		triggerId,
		eventId,
	]);
	return rows[0]?.yes ?? false;
}

const EARLIER_ATTEMPTS = `
SELECT attempt, outcome, http_status AS "httpStatus", error_code AS "errorCode", ended_ms_ago AS "endedMsAgo"
FROM reward_outbox.earlier_attempts($1, $2, $3)`;

/** What is on record of the attempts before one, latest first. */
export async function earlierAttempts(
	db: Database,
	eventId: string,
	before: number,
	most: number,
): Promise<EarlierAttempt[]> {
	return (await db.query<EarlierAttempt>(EARLIER_ATTEMPTS, [eventId, before, most])).rows;
}
