import type { EarlierAttempt } from "../../../src/event/attribution.ts";
import type { Tables } from "./tables.ts";

/** earlier_attempts(): what is on record of the attempts before one, latest first. */
export function earlierAttempts(tables: Tables, eventId: string, before: number, most: number): EarlierAttempt[] {
	const attempts = tables.events.get(eventId)?.attempts ?? [];
	return attempts
		.filter(({ attempt }) => attempt < before)
		.sort((a, b) => b.attempt - a.attempt)
		.slice(0, most)
		.map(({ attempt, outcome, httpStatus, errorCode, startedAt, durationMs }) => ({
			attempt,
			outcome,
			httpStatus,
			errorCode,
			endedMsAgo: tables.now - startedAt - (durationMs ?? 0),
		}));
}

/** trigger_accepted_since(): whether Reward accepted a later event of the trigger. */
export function triggerAcceptedSince(tables: Tables, triggerId: string, eventId: string): boolean {
	for (const event of tables.events.values()) {
		if (event.triggerId !== triggerId || event.id <= eventId) continue;
		if (event.attempts.some(({ outcome }) => outcome === "accepted")) return true;
	}
	return false;
}
