import { expect, test } from "vitest";
import { type PendingSettlement, Settler } from "../../src/relay/settler.ts";
import type { Settlement } from "../../src/store/settle.ts";
import { ManualClock } from "../timing/manual-clock.ts";
import { claimedEvent } from "./claimed-event.ts";

interface Written {
	readonly accepted: readonly string[];
	readonly done: readonly string[];
}

/** A settler whose statements end when the test says so. */
function settlerUnderTest() {
	const written: Written[] = [];
	const waiting: { readonly commit: () => void; readonly refuse: () => void }[] = [];
	const settler = new Settler({
		clock: new ManualClock(),
		write: async (accepted: readonly Settlement[], _failed, done) => {
			written.push({ accepted: accepted.map(({ event }) => event.eventId), done });
			await new Promise<void>((commit, refuse) => waiting.push({ commit, refuse }));
		},
		onWritten: () => {},
		onLost: () => {},
	});
	return { settler, written, commit: () => waiting.shift()?.commit(), refuse: () => waiting.shift()?.refuse() };
}

function accepted(eventId: string, leaseId: string, endsLease: boolean): PendingSettlement {
	return {
		event: claimedEvent(1, { eventId, leaseId }),
		relayNo: 1,
		outcome: { class: "accepted", httpStatus: 200, errorCode: null, errorMessage: null, responseBody: null },
		decision: { next: "delivered" },
		startedAt: 0,
		durationMs: 1,
		endsLease,
	};
}

test("a lease whose rest was given back while its last result was being written is ended after that", async () => {
	const { settler, written, commit } = settlerUnderTest();
	settler.add(accepted("e1", "lease", false));
	await expect.poll(() => written).toHaveLength(1);
	settler.end("lease");
	commit();
	await expect.poll(() => written).toHaveLength(2);
	commit();
	await settler.drain();
	expect(written).toEqual([
		{ accepted: ["e1"], done: [] },
		{ accepted: [], done: ["lease"] },
	]);
});

test("results that come while a statement is under way are written together, and the last of a lease ends it", async () => {
	const { settler, written, commit } = settlerUnderTest();
	settler.add(accepted("e1", "lease", false));
	await expect.poll(() => written).toHaveLength(1);
	settler.add(accepted("e2", "lease", false));
	settler.add(accepted("e3", "lease", true));
	expect(settler.backlog).toBe(3);
	commit();
	await expect.poll(() => written).toHaveLength(2);
	commit();
	await settler.drain();
	expect(written[1]).toEqual({ accepted: ["e2", "e3"], done: ["lease"] });
	expect(settler.backlog).toBe(0);
});

test("a lease of which a result was lost is not said to be done: it is found when it expires", async () => {
	const { settler, written, commit, refuse } = settlerUnderTest();
	settler.add(accepted("e1", "lease", false));
	await expect.poll(() => written).toHaveLength(1);
	settler.add(accepted("e2", "lease", true));
	refuse();
	await expect.poll(() => written).toHaveLength(2);
	commit();
	await settler.drain();
	expect(written[1]).toEqual({ accepted: ["e2"], done: [] });
});
