import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import type { RelayPort } from "../../src/relay/port.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import { ACCEPTED } from "../event/outcomes.ts";
import { ManualClock } from "../timing/manual-clock.ts";
import { claimedEvent } from "./claimed-event.ts";
import { dispatcherTo } from "./dispatching.ts";

test("a process that stands still while it hands out events sends none after their time, and gives them back", () => {
	const clock = new ManualClock();
	const sent: string[] = [];
	const returned: ClaimedEvent[] = [];
	const send = ({ eventId }: ClaimedEvent) => {
		sent.push(eventId);
		// The third one is where it stands still.
		if (sent.length === 3) clock.advance(10_000);
		return new Promise<never>(() => {});
	};
	const giveBack = (events: readonly ClaimedEvent[]) => void returned.push(...events);
	const dispatcher = dispatcherTo(send, { clock, concurrency: 8 }, { giveBack });
	dispatcher.accept([1, 2, 3, 4, 5, 6].map((n) => ({ event: claimedEvent(n), sendBefore: 4_000, claimedAt: 0 })));
	expect(sent).toEqual(["event-1", "event-2", "event-3"]);
	expect(returned.map((event) => event.eventId)).toEqual(["event-4", "event-5", "event-6"]);
});

test("what waits for a slot when the relay may be taken for dead is given back, and not sent when a slot comes", async () => {
	const clock = new ManualClock();
	const sent: string[] = [];
	const returned: ClaimedEvent[] = [];
	let lastWordAt = 0;
	const answers: (() => void)[] = [];
	const send = ({ eventId }: ClaimedEvent) => {
		sent.push(eventId);
		return new Promise<Outcome>((resolve) => answers.push(() => resolve(ACCEPTED)));
	};
	const port = {
		mayBeSentUntil: (claimedAt: number) => Math.max(claimedAt, lastWordAt) + 1_800,
		giveBack: (events: readonly ClaimedEvent[]) => void returned.push(...events),
	};
	const dispatcher = dispatcherTo(send, { clock, concurrency: 1 }, port);
	dispatcher.accept([1, 2, 3].map((n) => ({ event: claimedEvent(n), sendBefore: 60_000, claimedAt: 0 })));
	clock.advance(1_000);
	lastWordAt = 1_000;
	clock.advance(1_500);
	answers.shift()?.();
	await expect.poll(() => sent).toEqual(["event-1", "event-2"]);
	clock.advance(1_000);
	answers.shift()?.();
	await expect.poll(() => returned.map((event) => event.eventId)).toEqual(["event-3"]);
	expect(sent).toEqual(["event-1", "event-2"]);
});

describe("what is claimed is given back unsent, or waits,", () => {
	/** A dispatcher with room for two requests that never end, and three events. */
	function dispatcherWithThree() {
		const sent: string[] = [];
		const returned: ClaimedEvent[] = [];
		const send = ({ eventId }: ClaimedEvent) => {
			sent.push(eventId);
			return new Promise<never>(() => {});
		};
		const giveBack = (events: readonly ClaimedEvent[]) => void returned.push(...events);
		const dispatcher = dispatcherTo(send, { clock: new ManualClock(), concurrency: 8 }, { giveBack });
		const accept = () =>
			dispatcher.accept([1, 2, 3].map((n) => ({ event: claimedEvent(n), sendBefore: 60_000, claimedAt: 0 })));
		return { dispatcher, accept, sent, returned };
	}

	test("while the database may not be the right one", () => {
		const { dispatcher, accept, sent, returned } = dispatcherWithThree();
		dispatcher.hold(true);
		accept();
		expect([sent, returned.length, dispatcher.room().free]).toEqual([[], 3, 0]);
		dispatcher.hold(false);
		accept();
		expect(sent).toEqual(["event-1", "event-2", "event-3"]);
	});

	test("while results cannot be put on record", () => {
		const { dispatcher, accept, sent } = dispatcherWithThree();
		dispatcher.mayRecord(false);
		accept();
		expect([sent, dispatcher.room().free, dispatcher.holding?.everything?.code]).toEqual([[], 0, "results_unwritten"]);
		dispatcher.mayRecord(true);
		dispatcher.pump();
		expect(sent).toEqual(["event-1", "event-2", "event-3"]);
	});

	test("while too many results wait to be put on record", async () => {
		const sent: string[] = [];
		const deliver: RelayPort["deliver"] = async ({ event, startedAt }) => {
			sent.push(event.eventId);
			dispatcher.answered(event, startedAt, await Promise.resolve(ACCEPTED));
		};
		const dispatcher = dispatcherTo(async () => ACCEPTED, { clock: new ManualClock(), concurrency: 8 }, { deliver });
		const events = Array.from({ length: 2_000 }, (_, n) => claimedEvent(n));
		dispatcher.accept(events.map((event) => ({ event, sendBefore: 60_000, claimedAt: 0 })));
		await expect.poll(() => dispatcher.inFlight).toBe(0);
		expect(sent.length).toBeLessThan(1_000);
		expect([dispatcher.unwritten, dispatcher.room().free]).toEqual([sent.length, 0]);
		const before = sent.length;
		dispatcher.recorded(before);
		dispatcher.pump();
		await expect.poll(() => sent.length).toBeGreaterThan(before);
	});
});
