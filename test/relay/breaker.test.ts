import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { Breaker } from "../../src/relay/breaker.ts";
import { ACCEPTED, ambiguous, anyOutcome, anyRandom, NOT_SENT, refused } from "../event/outcomes.ts";

const MOST = 64;

/** `count` events of one trigger that end the same way, at `now`. */
function run(
	breaker: Breaker,
	outcome: Outcome,
	count: number,
	at: { now?: number; startedAt?: number; trigger?: string; from?: number } = {},
): void {
	const { now = 0, trigger = "t", from = 0 } = at;
	const startedAt = at.startedAt ?? now;
	for (let n = from; n < from + count; n++) breaker.record(now, startedAt, trigger, `${trigger}-${n}`, outcome, 0.5);
}

function opened(): Breaker {
	const breaker = new Breaker(MOST);
	run(breaker, NOT_SENT, 10);
	return breaker;
}

describe("opening", () => {
	test("ten different events in a row that fail open it; nine do not", () => {
		const breaker = new Breaker(MOST);
		run(breaker, NOT_SENT, 9);
		expect([breaker.open, breaker.allowed(0, 0)]).toEqual([false, MOST]);
		run(breaker, NOT_SENT, 1, { from: 9 });
		expect([breaker.open, breaker.allowed(0, 0)]).toEqual([true, 0]);
	});

	test("one poison event that fails for ever does not", () => {
		const breaker = new Breaker(MOST);
		for (let n = 0; n < 1_000; n++) breaker.record(n, n, "t", "poison", ambiguous(), 0.5);
		expect(breaker.open).toBe(false);
	});

	test("one noisy trigger among good ones does not", () => {
		const breaker = new Breaker(MOST);
		breaker.record(0, 0, "good", "g", ACCEPTED, 0.5);
		run(breaker, ambiguous(), 100, { trigger: "noisy" });
		expect(breaker.open).toBe(false);
	});

	test("a good trigger that was last heard of long ago is no neighbour", () => {
		const breaker = new Breaker(MOST);
		breaker.record(0, 0, "good", "g", ACCEPTED, 0.5);
		run(breaker, ambiguous(), 10, { trigger: "only", now: 60_001 });
		expect(breaker.open).toBe(true);
	});

	test("a Reward that cannot be reached is down for everybody, whatever trigger it showed at", () => {
		const breaker = new Breaker(MOST);
		breaker.record(0, 0, "good", "g", ACCEPTED, 0.5);
		run(breaker, NOT_SENT, 10, { trigger: "unlucky" });
		expect(breaker.open).toBe(true);
	});

	test("a complete answer, even a refusal, breaks the row", () => {
		for (const outcome of [
			ACCEPTED,
			refused("event"),
			refused("pacing"),
			refused("configuration"),
			refused("unknown_target"),
		]) {
			const breaker = new Breaker(MOST);
			run(breaker, NOT_SENT, 9);
			breaker.record(0, 0, "t", "x", outcome, 0.5);
			run(breaker, NOT_SENT, 9, { from: 9 });
			expect(breaker.open).toBe(false);
		}
	});
});

describe("while open", () => {
	test("one request goes out when the probe is due and nothing else is in flight", () => {
		const breaker = opened();
		const at = breaker.probeAt as number;
		expect(at).toBe(375);
		expect([breaker.allowed(at - 1, 0), breaker.allowed(at, 1), breaker.allowed(at, 0)]).toEqual([0, 0, 1]);
	});

	test("each failed probe doubles the wait, up to half a minute", () => {
		const breaker = opened();
		const waits: number[] = [];
		for (let n = 0; n < 9; n++) {
			const now = breaker.probeAt as number;
			breaker.record(now, now, "t", "t-0", NOT_SENT, 1 - Number.EPSILON);
			waits.push(Math.round((breaker.probeAt as number) - now));
		}
		expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
	});

	test("the failures of requests that were under way when it opened do not push the probe away", () => {
		const breaker = opened();
		for (const now of [1, 400, 5_000, 15_000]) run(breaker, ambiguous(), 10, { now, startedAt: 0, from: 10 });
		expect(breaker.probeAt).toBe(375);
	});
});

describe("ramping up after an outage", () => {
	test("each success allows one more, which doubles it every round trip", () => {
		const breaker = opened();
		const now = breaker.probeAt as number;
		const steps: number[] = [];
		for (let round = 0; round < 7; round++) {
			steps.push(breaker.allowed(now, 0));
			run(breaker, ACCEPTED, breaker.allowed(now, 0), { now });
		}
		expect(steps).toEqual([1, 2, 4, 8, 16, 32, 64]);
	});

	test("a failure right after the first success stops it again", () => {
		const breaker = opened();
		run(breaker, ACCEPTED, 1, { now: 375 });
		run(breaker, NOT_SENT, 1, { now: 376 });
		expect(breaker.open).toBe(true);
	});

	test("one poison event does not stop a ramp that is well under way", () => {
		const breaker = opened();
		run(breaker, ACCEPTED, 20, { now: 375 });
		breaker.record(376, 376, "t", "poison", ambiguous(), 0.5);
		expect([breaker.open, breaker.allowed(376, 0)]).toEqual([false, 21]);
	});

	test("neither does one noisy trigger among good ones", () => {
		const breaker = opened();
		run(breaker, ACCEPTED, 20, { now: 375 });
		run(breaker, ambiguous(), 30, { now: 376, trigger: "noisy" });
		expect(breaker.open).toBe(false);
	});

	test("with every fifth event failing, it still gets back to full speed", () => {
		const breaker = opened();
		let now = breaker.probeAt as number;
		for (let n = 0; n < 2_000 && (breaker.open || breaker.allowed(now, 0) < MOST); n++) {
			if (breaker.open) now = breaker.probeAt as number;
			breaker.record(now, now, `t${n % 3}`, `e${n}`, n % 5 === 4 ? ambiguous() : ACCEPTED, 0.5);
		}
		expect(breaker.allowed(now, 0)).toBe(MOST);
	});
});

describe("whatever happens", () => {
	const step = fc.record({
		wait: fc.integer({ min: 0, max: 2_000 }),
		trigger: fc.constantFrom("a", "b", "c"),
		event: fc.integer({ min: 0, max: 30 }).map(String),
		outcome: anyOutcome,
		random: anyRandom,
	});
	const steps = fc.array(step, { maxLength: 120 });

	test("at least one and at most all slots are free within half a minute of the last answer", () => {
		fc.assert(
			fc.property(steps, (history) => {
				const breaker = new Breaker(MOST);
				let now = 0;
				for (const { wait, trigger, event, outcome, random } of history) {
					now += wait;
					breaker.record(now, now, trigger, event, outcome, random);
					expect(breaker.allowed(now, 0)).toBeLessThanOrEqual(MOST);
					expect(breaker.allowed(now + 30_000, 0)).toBeGreaterThan(0);
				}
			}),
		);
	});

	test("enough successes always bring it back to full speed", () => {
		fc.assert(
			fc.property(steps, (history) => {
				const breaker = new Breaker(MOST);
				for (const { trigger, event, outcome, random } of history)
					breaker.record(0, 0, trigger, event, outcome, random);
				run(breaker, ACCEPTED, MOST);
				expect([breaker.open, breaker.allowed(0, 0)]).toEqual([false, MOST]);
			}),
		);
	});
});
