import { expect, test } from "vitest";
import { Doze } from "../../src/relay/doze.ts";
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

test("a doze ends when its time is up, not before", async () => {
	const clock = new ManualClock();
	const nap = new Doze(clock).upTo(100);
	clock.advance(99);
	expect(await isOver(nap)).toBe(false);
	clock.advance(1);
	expect(await isOver(nap)).toBe(true);
});

test("a ring ends it at once and leaves no timer behind", async () => {
	const clock = new ManualClock();
	const doze = new Doze(clock);
	const nap = doze.upTo(100);
	doze.ring();
	expect(await isOver(nap)).toBe(true);
	expect(clock.pending).toBe(0);
});

test("a ring while nobody waits ends the next doze, and only that one", async () => {
	const clock = new ManualClock();
	const doze = new Doze(clock);
	doze.ring();
	doze.ring();
	expect(await isOver(doze.upTo(100))).toBe(true);
	const second = doze.upTo(100);
	expect(await isOver(second)).toBe(false);
	doze.ring();
	await second;
});

test("a ring that ended a doze does not end the next", async () => {
	const doze = new Doze(new ManualClock());
	const first = doze.upTo(100);
	doze.ring();
	await first;
	expect(await isOver(doze.upTo(100))).toBe(false);
});

test.each([0, -1, Number.NEGATIVE_INFINITY])("a doze of %d ms does not wait", async (ms) => {
	const clock = new ManualClock();
	expect(await isOver(new Doze(clock).upTo(ms))).toBe(true);
	expect(clock.pending).toBe(0);
});

test("a doze without end ends with a ring", async () => {
	const doze = new Doze(new ManualClock());
	const nap = doze.upTo(Number.POSITIVE_INFINITY);
	expect(await isOver(nap)).toBe(false);
	doze.ring();
	expect(await isOver(nap)).toBe(true);
});
