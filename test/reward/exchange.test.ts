import type { Dispatcher } from "undici";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { DeadlineQueue, type Timed } from "../../src/reward/deadlines.ts";
import { Exchange } from "../../src/reward/exchange.ts";

function begin(timeoutMs = 60_000) {
	const deadlines = new DeadlineQueue(timeoutMs);
	const outcomes: Outcome[] = [];
	const exchange = new Exchange({ deadlines, now: () => 0, redact: (text) => text, breaches: () => 0 }, (outcome) =>
		outcomes.push(outcome),
	);
	let aborts = 0;
	const controller = { abort: () => void aborts++ } as unknown as Dispatcher.DispatchController;
	return { exchange, controller, outcomes, aborts: () => aborts };
}

test("a second start of the same request is stopped before a byte of it is written, and is ambiguous", () => {
	const { exchange, controller, outcomes } = begin();
	exchange.onRequestStart(controller);
	// undici takes an error from this callback as: drop the request, leave the connection alone.
	expect(() => exchange.onRequestStart(controller)).toThrow();
	exchange.onResponseError(controller, new Error("stopped"));
	expect(outcomes).toMatchObject([{ class: "ambiguous", errorCode: "resend_prevented" }]);
});

test("a request that has expired in the queue is stopped when its turn comes", () => {
	const { exchange, controller, outcomes } = begin();
	exchange.expire();
	expect(() => exchange.onRequestStart(controller)).toThrow();
	expect(outcomes).toMatchObject([{ class: "not_sent", errorCode: "deadline" }]);
});

test("one whose deadline has passed is stopped too when the timer has not come round to it: the process stood still", () => {
	const { exchange, controller, outcomes } = begin(0);
	expect(() => exchange.onRequestStart(controller)).toThrow();
	expect(outcomes).toMatchObject([{ class: "not_sent", errorCode: "deadline" }]);
});

test("an answer that goes on beyond what an answer may have is read no further", () => {
	const { exchange, controller, outcomes, aborts } = begin();
	exchange.onRequestStart(controller);
	exchange.onResponseStart(controller, 200, {});
	for (let n = 0; n < 7; n++) exchange.onResponseData(controller, Buffer.alloc(10_000, " "));
	expect([outcomes, aborts()]).toMatchObject([[{ class: "ambiguous", errorCode: "response_too_large" }], 1]);
});

test("deadlines expire in order, without those that have left", async () => {
	const queue = new DeadlineQueue(20);
	const expired: number[] = [];
	const entries = [0, 1, 2, 3, 4].map((n) => {
		const entry: Timed = {
			deadlineAt: 0,
			earlier: null,
			later: null,
			expire: () => {
				queue.remove(entry);
				expired.push(n);
			},
		};
		queue.add(entry);
		return entry;
	});
	for (const n of [0, 2, 4]) queue.remove(entries[n] as Timed);
	await expect.poll(() => expired).toEqual([1, 3]);
	// The list is whole again, and the timer runs for what comes later.
	queue.add(entries[2] as Timed);
	await expect.poll(() => expired).toEqual([1, 3, 2]);
	queue.stop();
});
