import type { Database } from "./database.ts";

/** Pauses a trigger that Reward does not know. False: it was paused already. */
export async function pauseForFault(db: Database, triggerId: string, relay: string, reason: string): Promise<boolean> {
	const { rows } = await db.query<{ done: boolean }>("SELECT reward_outbox.pause_for_fault($1, $2, $3) AS done", [
		triggerId,
		relay,
		reason,
	]);
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
