import { expect, test } from "vitest";
import { Wait } from "../../src/timing/wait.ts";
import { ManualClock } from "./manual-clock.ts";

/** Whether a promise is settled once everything that is ready to run has run. */
async function isOver(promise: Promise<void>): Promise<boolean> {
	let over = false;
	void promise.then(() => {
		over = true;
	});
	await new Promise(setImmediate);
	return over;
}

test("a wait ends when its time is up, not before", async () => {
	const clock = new ManualClock();
	const over = new Wait(clock).upTo(100);
	clock.advance(99);
	expect(await isOver(over)).toBe(false);
	clock.advance(1);
	expect(await isOver(over)).toBe(true);
});

test("ending it takes effect at once and leaves no timer behind", async () => {
	const clock = new ManualClock();
	const wait = new Wait(clock);
	const over = wait.upTo(100);
	wait.end();
	expect(await isOver(over)).toBe(true);
	expect(clock.pending).toBe(0);
});

test("an end while nobody waits ends the next wait, and only that one", async () => {
	const clock = new ManualClock();
	const wait = new Wait(clock);
	wait.end();
	wait.end();
	expect(await isOver(wait.upTo(100))).toBe(true);
	const second = wait.upTo(100);
	expect(await isOver(second)).toBe(false);
	wait.end();
	await second;
});

test("an end of a wait does not end the next", async () => {
	const wait = new Wait(new ManualClock());
	const first = wait.upTo(100);
	wait.end();
	await first;
	expect(await isOver(wait.upTo(100))).toBe(false);
});

test.each([0, -1, Number.NEGATIVE_INFINITY])("a wait of %d ms does not wait", async (ms) => {
	const clock = new ManualClock();
	expect(await isOver(new Wait(clock).upTo(ms))).toBe(true);
	expect(clock.pending).toBe(0);
});

test("a wait without a time ends when it is ended", async () => {
	const wait = new Wait(new ManualClock());
	const over = wait.upTo(Number.POSITIVE_INFINITY);
	expect(await isOver(over)).toBe(false);
	wait.end();
	expect(await isOver(over)).toBe(true);
});
