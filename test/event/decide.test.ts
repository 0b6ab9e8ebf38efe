import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Attribution } from "../../src/event/attribution.ts";
import type { RetryPolicy } from "../../src/event/backoff.ts";
import { type AttemptCount, type Decision, decide } from "../../src/event/decide.ts";
import type { Outcome } from "../../src/event/outcome.ts";
import { ACCEPTED, ambiguous, anyOutcome, anyRandom, FAULTS, NOT_SENT, refused } from "./outcomes.ts";

const POLICY: RetryPolicy = { maxAttempts: 3, backoffBaseMs: 1_000, backoffCapMs: 60_000 };
const ATTRIBUTIONS = ["event", "trigger", "unknown"] as const satisfies readonly Attribution[];

function count(attempt: number, more: Partial<AttemptCount> = {}): AttemptCount {
	return { attempt, excused: 0, atMostOnce: false, maxAttempts: null, ...more };
}

/** A decision in one word; a retry that does not count is `excused`. */
function word(decision: Decision): string {
	if (decision.next !== "pending") return decision.next;
	return decision.excused ? "excused" : "retry";
}

describe("what follows from an attempt", () => {
	// outcome, attribution, then: first attempt / last attempt, at least once; first attempt / last attempt, at most once
	const table: [string, Outcome, Attribution, string, string, string, string][] = [
		["accepted", ACCEPTED, "unknown", "delivered", "delivered", "delivered", "delivered"],
		["not sent", NOT_SENT, "unknown", "retry", "dead", "retry", "dead"],
		["ambiguous", ambiguous(), "unknown", "retry", "dead", "uncertain", "uncertain"],
		[
			"ambiguous again and again, and the neighbours are accepted",
			ambiguous(),
			"event",
			"uncertain",
			"uncertain",
			"uncertain",
			"uncertain",
		],
		["refused: the row's fault", refused("event"), "unknown", "dead", "dead", "dead", "dead"],
		["refused: the key's fault", refused("configuration"), "unknown", "excused", "excused", "excused", "excused"],
		[
			"401 or 403 without a word, and the neighbours say: the row",
			refused("unexplained"),
			"event",
			"dead",
			"dead",
			"dead",
			"dead",
		],
		[
			"401 or 403 without a word, and the neighbours say nothing",
			refused("unexplained"),
			"unknown",
			"excused",
			"excused",
			"excused",
			"excused",
		],
		["refused: too fast", refused("pacing"), "unknown", "excused", "excused", "excused", "excused"],
		["refused: the trigger is unknown", refused("trigger"), "trigger", "excused", "excused", "excused", "excused"],
		["404 and the neighbours say: the row", refused("unknown_target"), "event", "dead", "dead", "dead", "dead"],
		[
			"404 and the neighbours say: the trigger",
			refused("unknown_target"),
			"trigger",
			"excused",
			"excused",
			"excused",
			"excused",
		],
		["404 and the neighbours say nothing", refused("unknown_target"), "unknown", "retry", "dead", "retry", "dead"],
	];
	test.each(table)("%s", (_name, outcome, attribution, first, last, firstOnce, lastOnce) => {
		const next = (attempt: number, atMostOnce: boolean) =>
			word(decide(count(attempt, { atMostOnce }), outcome, POLICY, 0.5, attribution));
		expect([next(1, false), next(3, false), next(1, true), next(3, true)]).toEqual([first, last, firstOnce, lastOnce]);
	});

	test("the trigger's own limit of attempts comes before the relay's", () => {
		expect(word(decide(count(1, { maxAttempts: 1 }), NOT_SENT, POLICY, 0.5, "unknown"))).toBe("dead");
		expect(word(decide(count(3, { maxAttempts: 4 }), NOT_SENT, POLICY, 0.5, "unknown"))).toBe("retry");
	});

	test("excused attempts do not use up the limit", () => {
		expect(word(decide(count(12, { excused: 10 }), NOT_SENT, POLICY, 0.5, "unknown"))).toBe("retry");
		expect(word(decide(count(13, { excused: 10 }), NOT_SENT, POLICY, 0.5, "unknown"))).toBe("dead");
	});

	describe("the bound of the delay doubles", () => {
		const delay = (outcome: Outcome, attempt: number, excused = 0) =>
			(
				decide(count(attempt, { excused }), outcome, { ...POLICY, maxAttempts: 20 }, 0.5, "unknown") as {
					delayMs: number;
				}
			).delayMs;
		test.each([
			["not sent", NOT_SENT],
			["told to slow down", refused("pacing")],
		])("with each attempt that counts: %s", (_name, outcome) => {
			expect([1, 2, 3, 4].map((attempt) => delay(outcome, attempt))).toEqual([500, 1_000, 2_000, 4_000]);
			expect(delay(outcome, 9, 7)).toBe(1_000);
			expect(delay(outcome, 2, 2)).toBe(500);
		});
		test("with each attempt at all, where nobody knows whether it will ever be accepted", () => {
			expect([1, 2, 3].map((attempt) => delay(refused("unexplained"), attempt, attempt - 1))).toEqual([
				500, 1_000, 2_000,
			]);
		});
	});

	test("the receiver's wish to wait is a lower bound of the delay", () => {
		const delay = (outcome: Outcome) =>
			(decide(count(1), outcome, POLICY, 0.5, "unknown") as { delayMs: number }).delayMs;
		expect(delay(refused("pacing", 90_000))).toBe(90_000);
		expect(delay(ambiguous(90_000))).toBe(90_000);
		expect(delay(refused("pacing", 10))).toBe(500);
	});
});

describe("over everything that can happen", () => {
	const anyCount = fc
		.record({
			attempt: fc.integer({ min: 1, max: 2_000 }),
			share: fc.double({ min: 0, max: 1, noNaN: true }),
			atMostOnce: fc.boolean(),
			maxAttempts: fc.option(fc.integer({ min: 1, max: 1_000 })),
		})
		// Excused attempts are earlier ones: at most all but the one just made.
		.map(({ share, ...rest }): AttemptCount => ({ ...rest, excused: Math.floor((rest.attempt - 1) * share) }));
	const everything = [anyCount, anyOutcome, anyRandom, fc.constantFrom(...ATTRIBUTIONS)] as const;

	test("only an accepted attempt delivers, and it always does", () => {
		fc.assert(
			fc.property(...everything, (attempts, outcome, random, attribution) => {
				expect(decide(attempts, outcome, POLICY, random, attribution).next === "delivered").toBe(
					outcome.class === "accepted",
				);
			}),
		);
	});

	test("at most once, an ambiguous attempt is never followed by another", () => {
		fc.assert(
			fc.property(...everything, fc.option(fc.integer({ min: 0 })), (attempts, _outcome, random, attribution, wait) => {
				expect(decide({ ...attempts, atMostOnce: true }, ambiguous(wait), POLICY, random, attribution)).toEqual({
					next: "uncertain",
				});
			}),
		);
	});

	test("at least once, nothing is uncertain but what is doubtful again and again while others are accepted", () => {
		fc.assert(
			fc.property(...everything, (attempts, outcome, random, attribution) => {
				const { next } = decide({ ...attempts, atMostOnce: false }, outcome, POLICY, random, attribution);
				expect(next === "uncertain").toBe(outcome.class === "ambiguous" && attribution === "event");
			}),
		);
	});

	test("a refusal that is not the row's fault never kills it, however often it happens", () => {
		fc.assert(
			fc.property(
				anyCount,
				fc.constantFrom("configuration", "pacing", "trigger"),
				anyRandom,
				(attempts, fault, random) => {
					expect(word(decide(attempts, refused(fault), POLICY, random, "unknown"))).toBe("excused");
				},
			),
		);
	});

	test("every delay is a number of milliseconds that is not negative", () => {
		fc.assert(
			fc.property(...everything, (attempts, outcome, random, attribution) => {
				const decision = decide(attempts, outcome, POLICY, random, attribution);
				if (decision.next === "pending") expect(Number.isFinite(decision.delayMs) && decision.delayMs >= 0).toBe(true);
			}),
		);
	});

	test("an event that keeps failing ends after exactly as many counted attempts as allowed", () => {
		const failures = fc.infiniteStream(
			fc.oneof(
				fc.constantFrom(...FAULTS.filter((fault) => fault !== "event")).map((fault) => refused(fault)),
				fc.constant(NOT_SENT),
			),
		);
		fc.assert(
			fc.property(failures, fc.integer({ min: 1, max: 20 }), (outcomes, maxAttempts) => {
				let excused = 0;
				let counted = 0;
				for (let attempt = 1; attempt <= 200; attempt++) {
					const outcome = outcomes.next().value as Outcome;
					const decision = decide(count(attempt, { excused, maxAttempts }), outcome, POLICY, 0.5, "unknown");
					if (word(decision) === "excused") excused++;
					else counted++;
					expect(decision.next === "dead").toBe(counted === maxAttempts);
					if (decision.next === "dead") return;
				}
			}),
		);
	});
});
