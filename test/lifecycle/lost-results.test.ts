import { expect, test } from "vitest";
import { type PendingSettlement, Settler } from "../../src/relay/settler.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import { systemClock } from "../../src/timing/system-clock.ts";

const EVENT: ClaimedEvent = {
	eventId: "",
	triggerId: "paid",
	userId: "somebody",
	body: "{}",
	attempt: 1,
	excused: 0,
	atMostOnce: false,
	maxAttempts: null,
	ordered: false,
	leaseId: "",
	fromHead: true,
	ageMs: 0,
};

function result(leaseId: string, eventId: string, endsLease: boolean): PendingSettlement {
	return {
		event: { ...EVENT, leaseId, eventId },
		relayNo: 1,
		outcome: { class: "accepted", httpStatus: 200, errorCode: null, errorMessage: null, responseBody: null },
		decision: { next: "delivered" },
		startedAt: 0,
		durationMs: 1,
		endsLease,
	};
}

test("the claim of a result that PostgreSQL refuses stays until it expires, although the rest of its lease is recorded", async () => {
	const removed: string[] = [];
	const lost: string[] = [];
	let refuse = true;
	const settler = new Settler({
		clock: systemClock,
		write: async (_accepted, _failed, done) => {
			if (refuse) throw new Error("invalid byte sequence");
			removed.push(...done);
		},
		onWritten: () => {},
		onLost: (batch) => void lost.push(...batch.map((s) => s.event.eventId)),
	});
	settler.add(result("shared", "refused", false));
	settler.add(result("whole", "refused too", true));
	await settler.drain();
	refuse = false;
	settler.add(result("shared", "recorded", true));
	settler.add(result("other", "recorded as well", true));
	await settler.drain();
	expect(lost).toEqual(["refused", "refused too"]);
	expect(removed).toEqual(["other"]);
});
