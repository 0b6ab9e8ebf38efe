import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { TriggerGates } from "../../src/relay/trigger-gates.ts";
import { ACCEPTED, ambiguous, anyOutcome, anyRandom, FAULTS, NOT_SENT, refused } from "../event/outcomes.ts";

const SLOTS = 8;
const FREE = { heldBack: [], probing: [], until: undefined };

/** `count` different events of trigger `t`, begun and ended at `now`. */
function run(gates: TriggerGates, outcome: Outcome, count: number, { now = 0, trigger = "t" } = {}): void {
	for (let n = 0; n < count; n++) gates.started(now, trigger, `${trigger}-${n}`);
	for (let n = 0; n < count; n++) gates.finished(now, trigger, `${trigger}-${n}`, outcome, 0.5);
}

function troubled(): TriggerGates {
	const gates = new TriggerGates(SLOTS);
	run(gates, ambiguous(), 5);
	return gates;
}

describe("trouble", () => {
	test("five different events that failed in a row hold a trigger back; four do not", () => {
		const gates = new TriggerGates(SLOTS);
		run(gates, ambiguous(), 4);
		expect(gates.restrictions(0)).toEqual(FREE);
		run(gates, NOT_SENT, 5);
		expect(gates.restrictions(0)).toEqual({ heldBack: ["t"], probing: [], until: 375 });
	});

	test("one poison event that fails for ever does not", () => {
		const gates = new TriggerGates(SLOTS);
		for (let n = 0; n < 100; n++) {
			gates.started(n, "t", "poison");
			gates.finished(n, "t", "poison", ambiguous(), 0.5);
		}
		expect(gates.restrictions(100)).toEqual(FREE);
	});

	test("after the wait one event is let through, and while it is under way no other", () => {
		const gates = troubled();
		expect(gates.restrictions(375)).toEqual({ heldBack: [], probing: ["t"], until: undefined });
		gates.started(375, "t", "probe");
		expect(gates.restrictions(376)).toEqual({ heldBack: ["t"], probing: [], until: undefined });
		expect(gates.mustWait(376, "t")).toBe(true);
	});

	test("a probe that succeeds opens the trigger", () => {
		const gates = troubled();
		run(gates, ACCEPTED, 1, { now: 375 });
		expect(gates.restrictions(375)).toEqual(FREE);
	});

	test("each failed probe doubles the wait, up to half a minute", () => {
		const gates = troubled();
		const waits: number[] = [];
		let now = 375;
		for (let n = 0; n < 8; n++) {
			run(gates, ambiguous(), 1, { now });
			const until = gates.restrictions(now).until as number;
			waits.push(until - now);
			now = until;
		}
		expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]);
	});

	test("a burst of failures counts as one: what was under way when the gate closed does not double the wait", () => {
		const gates = new TriggerGates(64);
		run(gates, ambiguous(), 64);
		expect(gates.restrictions(0).until).toBe(375);
	});

	test("neither does what hung when the gate closed and fails long after", () => {
		const gates = new TriggerGates(64);
		for (let n = 0; n < 10; n++) gates.started(0, "t", `hung-${n}`);
		run(gates, ambiguous(), 5);
		for (let n = 0; n < 10; n++) gates.finished(1_000 + n * 1_000, "t", `hung-${n}`, ambiguous(), 0.5);
		expect(gates.restrictions(10_000)).toEqual({ heldBack: [], probing: ["t"], until: undefined });
	});

	test("a wish to wait is honoured, and a later failure does not shorten it", () => {
		const gates = new TriggerGates(SLOTS);
		run(gates, ambiguous(120_000), 5);
		run(gates, ambiguous(), 1, { now: 1 });
		expect(gates.restrictions(1).until).toBe(120_000);
	});
});

describe("pacing", () => {
	test("a 429 holds the trigger back as long as it asks, and then lets everything go", () => {
		const gates = new TriggerGates(SLOTS);
		run(gates, refused("pacing", 7_000), 1);
		expect(gates.restrictions(6_999)).toEqual({ heldBack: ["t"], probing: [], until: 7_000 });
		expect(gates.restrictions(7_000)).toEqual(FREE);
	});

	test("a burst of 429s without a wish waits for the first step only", () => {
		const gates = new TriggerGates(64);
		run(gates, refused("pacing"), 64);
		expect(gates.restrictions(0).until).toBe(375);
	});

	test("claimed events of a trigger that is told to slow down must wait", () => {
		const gates = new TriggerGates(SLOTS);
		run(gates, refused("pacing", 1_000), 1);
		expect([gates.mustWait(999, "t"), gates.mustWait(1_000, "t"), gates.mustWait(0, "other")]).toEqual([
			true,
			false,
			false,
		]);
	});
});

describe("hanging", () => {
	test("a trigger that holds half of the slots without an answer is held back, and its requests do not count as slots", () => {
		const gates = new TriggerGates(SLOTS);
		for (let n = 0; n < 4; n++) gates.started(0, "t", `e${n}`);
		expect([gates.restrictions(499), gates.stalled(499), gates.nextStallAt(499)]).toEqual([FREE, 0, 500]);
		expect(gates.nextStallAt(500)).toBeUndefined();
		expect([gates.restrictions(501), gates.stalled(501)]).toEqual([
			{ heldBack: ["t"], probing: [], until: undefined },
			4,
		]);
		gates.finished(502, "t", "e0", ACCEPTED, 0.5);
		expect([gates.restrictions(502), gates.stalled(502)]).toEqual([FREE, 0]);
	});

	test("no more slots are granted on top than there are", () => {
		const gates = new TriggerGates(SLOTS);
		for (let n = 0; n < 20; n++) gates.started(0, "t", `e${n}`);
		expect(gates.stalled(501)).toBe(SLOTS);
	});
});

test.each(["accepted", ...FAULTS.filter((fault) => fault !== "pacing")])(
	"a complete answer (%s) clears a row of failures",
	(name) => {
		const gates = new TriggerGates(SLOTS);
		run(gates, ambiguous(), 4);
		run(gates, name === "accepted" ? ACCEPTED : refused(name as (typeof FAULTS)[number]), 1);
		run(gates, ambiguous(), 4);
		expect(gates.restrictions(0)).toEqual(FREE);
	},
);

describe("whatever happens", () => {
	const step = fc.record({
		wait: fc.integer({ min: 0, max: 2_000 }),
		trigger: fc.constantFrom("a", "b"),
		event: fc.integer({ min: 0, max: 30 }).map(String),
		outcome: anyOutcome,
		random: anyRandom,
	});
	const steps = fc.array(step, { maxLength: 120 });

	test("what one trigger does never restricts another", () => {
		fc.assert(
			fc.property(steps, (history) => {
				const gates = new TriggerGates(SLOTS);
				let now = 0;
				for (const { wait, trigger, event, outcome, random } of history) {
					now += wait;
					gates.started(now, trigger, event);
					gates.finished(now, trigger, event, outcome, random);
					const { heldBack, probing } = gates.restrictions(now);
					expect([...heldBack, ...probing]).not.toContain("c");
					expect(gates.mustWait(now, "c")).toBe(false);
				}
			}),
		);
	});

	test("a trigger with nothing in flight is free or may be probed once the longest wait is over", () => {
		fc.assert(
			fc.property(steps, (history) => {
				const gates = new TriggerGates(SLOTS);
				for (const { trigger, event, outcome, random } of history) {
					gates.started(0, trigger, event);
					gates.finished(0, trigger, event, outcome, random);
				}
				expect(gates.restrictions(86_400_000).heldBack).toEqual([]);
			}),
		);
	});

	test("a held-back trigger without anything in flight says until when", () => {
		fc.assert(
			fc.property(steps, (history) => {
				const gates = new TriggerGates(SLOTS);
				let now = 0;
				for (const { wait, trigger, event, outcome, random } of history) {
					now += wait;
					gates.started(now, trigger, event);
					gates.finished(now, trigger, event, outcome, random);
					const { heldBack, until } = gates.restrictions(now);
					expect(until !== undefined && until > now).toBe(heldBack.length > 0);
				}
			}),
		);
	});
});

describe("what is told of it", () => {
	test("a failing trigger, since when and until when; and that a probe is under way", () => {
		const gates = troubled();
		const failing = { trigger_id: "t", code: "failing", since_ms: 100, until_ms: 275 };
		expect(gates.holding(100)).toEqual({ triggers: [failing], counts: { failing: 1 } });
		gates.started(400, "t", "probe");
		expect(gates.holding(400).triggers).toEqual([{ ...failing, since_ms: 400, until_ms: null }]);
		gates.finished(410, "t", "probe", ambiguous(), 0.5);
		expect(gates.holding(410).triggers).toEqual([{ ...failing, since_ms: 410, until_ms: 750 }]);
		run(gates, ACCEPTED, 1, { now: 1_160 });
		expect(gates.holding(1_160)).toEqual({ triggers: [], counts: {} });
	});

	test("while nothing at all works no single trigger counts as failing", () => {
		expect(troubled().holding(100, { ignoreTrouble: true })).toEqual({ triggers: [], counts: {} });
	});

	test("a trigger that was told to slow down, until it may go on", () => {
		const gates = new TriggerGates(SLOTS);
		run(gates, refused("pacing", 4_000), 1);
		expect(gates.holding(1_000).triggers).toEqual([
			{ trigger_id: "t", code: "pacing", since_ms: 1_000, until_ms: 3_000 },
		]);
		expect(gates.holding(4_000).triggers).toEqual([]);
	});

	test("one trigger that took every slot at once and hangs does not keep out those that have never answered", () => {
		const gates = new TriggerGates(SLOTS);
		for (let n = 0; n < SLOTS; n++) gates.started(n, "t", `t-${n}`);
		expect(gates.mustWait(1_000, "new")).toBe(false);
		for (let n = 0; n < SLOTS / 2; n++) gates.started(1_000, "new", `new-${n}`);
		expect(gates.mustWait(1_001, "newer")).toBe(true);
	});

	test("a trigger that hangs, since its oldest request; and one that gives way to it", () => {
		const gates = new TriggerGates(SLOTS);
		for (let n = 0; n < SLOTS * 1.5; n++) gates.started(n, "t", `t-${n}`);
		expect(gates.mustWait(1_000, "new")).toBe(true);
		expect(gates.holding(1_100)).toEqual({
			triggers: [
				{ trigger_id: "t", code: "hanging", since_ms: 1_100, until_ms: null },
				{ trigger_id: "new", code: "unproven", since_ms: 100, until_ms: 400 },
			],
			counts: { hanging: 1, unproven: 1 },
		});
	});

	test("at most fifty by name, the longest first, and the number of all", () => {
		const gates = new TriggerGates(SLOTS);
		for (let n = 0; n < 60; n++) run(gates, ambiguous(), 5, { now: n, trigger: `t${n}` });
		const { triggers, counts } = gates.holding(100);
		expect(triggers).toHaveLength(50);
		expect(triggers[0]).toMatchObject({ trigger_id: "t0" });
		expect(counts).toEqual({ failing: 60 });
	});

	test("whatever a claim leaves out is told, and nothing else", () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(9), anyOutcome, anyRandom, fc.nat(900)), {
					maxLength: 60,
				}),
				(steps) => {
					const gates = new TriggerGates(SLOTS);
					let now = 0;
					for (const [trigger, event, outcome, random, ms] of steps) {
						now += ms;
						gates.started(now, trigger, `${trigger}-${event}`);
						gates.finished(now, trigger, `${trigger}-${event}`, outcome, random);
						const { heldBack, probing } = gates.restrictions(now);
						const told = gates.holding(now).triggers.map(({ trigger_id }) => trigger_id);
						expect(told.sort()).toEqual([...heldBack, ...probing].sort());
					}
				},
			),
		);
	});
});
