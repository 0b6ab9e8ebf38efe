import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { KeyPause } from "../../src/relay/key-pause.ts";
import { ACCEPTED, ambiguous, anyOutcome, NOT_SENT, refused } from "../event/outcomes.ts";

const MOST = 8;
const KEY_REFUSED = refused("configuration");

function paused(): KeyPause {
	const pause = new KeyPause();
	pause.record(0, 0, "e", KEY_REFUSED);
	return pause;
}

describe("state by event", () => {
	// outcome, then what it changes while running and while paused
	const table: [string, Outcome, "paused" | undefined, "resumed" | undefined][] = [
		["accepted", ACCEPTED, undefined, "resumed"],
		["the key refused", KEY_REFUSED, "paused", undefined],
		["refused for the row", refused("event"), undefined, "resumed"],
		["refused for pacing", refused("pacing"), undefined, "resumed"],
		["404", refused("unknown_target"), undefined, "resumed"],
		["404 for the trigger", refused("trigger"), undefined, "resumed"],
		["refused without a word", refused("unexplained"), undefined, undefined],
		["not sent", NOT_SENT, undefined, undefined],
		["ambiguous", ambiguous(), undefined, undefined],
	];
	test.each(table)("%s", (_name, outcome, whileRunning, whilePaused) => {
		expect(new KeyPause().record(0, 0, "e", outcome)).toBe(whileRunning);
		expect(paused().record(1_000, 1_000, "e", outcome)).toBe(whilePaused);
	});
});

test("while running it allows everything; while paused one at a time, once the probe is due", () => {
	expect(new KeyPause().allowed(0, 5, MOST)).toBe(MOST);
	const pause = paused();
	expect([pause.allowed(999, 0, MOST), pause.allowed(1_000, 0, MOST), pause.allowed(1_000, 1, MOST)]).toEqual([
		0, 1, 0,
	]);
});

test("the reason names the status and the code", () => {
	expect(paused().reason).toBe("Reward refuses the API key (HTTP 400, refused)");
	expect(new KeyPause().reason).toBeNull();
});

test("each failed probe doubles the wait for the next, up to half a minute", () => {
	const pause = paused();
	const waits: number[] = [];
	for (let n = 0; n < 8; n++) {
		const now = pause.probeAt as number;
		pause.record(now, now, "e", KEY_REFUSED);
		waits.push((pause.probeAt as number) - now);
	}
	expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
});

test("requests that were under way when the key was refused do not push the probe away", () => {
	const pause = paused();
	for (const now of [5, 999, 1_001, 15_000]) pause.record(now, 0, "e", KEY_REFUSED);
	expect(pause.probeAt).toBe(1_000);
	pause.probeNow(6);
	pause.record(7, 0, "e", KEY_REFUSED);
	expect(pause.probeAt).toBe(6);
});

test("a success of a request that was under way when the key was refused does not end the pause", () => {
	const pause = new KeyPause();
	pause.record(10, 0, "e", KEY_REFUSED);
	expect(pause.record(11, 1, "e", ACCEPTED)).toBeUndefined();
	expect(pause.reason).not.toBeNull();
});

describe("refusals without a word about the key", () => {
	const unexplained = refused("unexplained");

	test("of three different events pause it, and the reason says what is known", () => {
		const pause = new KeyPause();
		expect(["a", "b", "c"].map((event) => pause.record(0, 0, event, unexplained))).toEqual([
			undefined,
			undefined,
			"paused",
		]);
		expect(pause.reason).toContain("refuses every event");
	});

	test("of one event, as often as it is tried, do not", () => {
		const pause = new KeyPause();
		for (let n = 0; n < 1_000; n++) expect(pause.record(n, n, "a", unexplained)).toBeUndefined();
		expect(pause.allowed(1_000, 0, MOST)).toBe(MOST);
	});

	test("of many events do not while others are accepted", () => {
		const pause = new KeyPause();
		for (let n = 0; n < 1_000; n++) {
			expect(pause.record(n, n, `e${n}`, unexplained)).toBeUndefined();
			if (n % 2 === 0) pause.record(n, n, "good", ACCEPTED);
		}
	});

	test("while paused, push the next probe away, and an accepted one ends the pause", () => {
		const pause = new KeyPause();
		for (const event of ["a", "b", "c"]) pause.record(0, 0, event, unexplained);
		expect(pause.record(1_000, 1_000, "a", unexplained)).toBeUndefined();
		expect(pause.probeAt).toBe(3_000);
		expect(pause.record(3_000, 3_000, "d", ACCEPTED)).toBe("resumed");
		expect(pause.record(3_000, 3_000, "a", unexplained)).toBeUndefined();
	});
});

test("a new key is tried at once", () => {
	const pause = paused();
	pause.probeNow(10);
	expect(pause.allowed(10, 0, MOST)).toBe(1);
});

test("after a resume the next pause begins with a short wait again", () => {
	const pause = paused();
	pause.record(1_000, 1_000, "e", KEY_REFUSED);
	pause.record(3_000, 3_000, "e", ACCEPTED);
	expect(pause.probeAt).toBeUndefined();
	pause.record(4_000, 4_000, "e", KEY_REFUSED);
	expect(pause.probeAt).toBe(5_000);
});

test("whatever happens, it never gets stuck: a probe is due within half a minute of the last answer", () => {
	const steps = fc.array(
		fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 0, max: 15_000 }), anyOutcome),
		{ maxLength: 50 },
	);
	fc.assert(
		fc.property(steps, (outcomes) => {
			const pause = new KeyPause();
			let now = 0;
			for (const [wait, tookMs, outcome] of outcomes) {
				now += wait;
				pause.record(now, now - tookMs, "e", outcome);
				expect(pause.allowed(now + 30_000, 0, MOST)).toBeGreaterThan(0);
			}
		}),
	);
});
