import type { ClaimedEvent } from "../../src/store/claim.ts";

/** An event as a claim hands it out. */
export function claimedEvent(n: number, fields: Partial<ClaimedEvent> = {}): ClaimedEvent {
	return {
		eventId: `event-${n}`,
		triggerId: "t",
		userId: "u",
		body: "{}",
		attempt: 1,
		excused: 0,
		atMostOnce: false,
		maxAttempts: null,
		ordered: false,
		leaseId: "lease",
		fromHead: true,
		ageMs: 0,
		...fields,
	};
}
