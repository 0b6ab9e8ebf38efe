import { describe, expect, test } from "vitest";
import { possibleActions } from "../../src/event/actions.ts";
import type { AttemptFacts } from "../../src/event/facts.ts";
import { actionsInWords } from "../../src/words/actions.ts";
import { attemptDecisions } from "../../src/words/attempt-decisions.ts";
import { ago, factsWith, TRIGGER } from "./some-facts.ts";

function attempt(number: number, more: Partial<AttemptFacts> = {}): AttemptFacts {
	return {
		attempt: number,
		started_at: ago(100 - number * 10),
		duration_ms: 1000,
		outcome: "ambiguous",
		http_status: 500,
		error_code: "http_500",
		error_message: null,
		response_body: null,
		relay: "r",
		...more,
	};
}

describe("a repeat may duplicate", () => {
	test.each([
		["not_sent", false],
		["refused", false],
		["ambiguous", true],
		["accepted", true],
	] as const)("after an attempt that was %s: %s", (outcome, may) => {
		const facts = factsWith({ event: { status: "dead", attempts: 1 }, attempts: [attempt(1, { outcome })] });
		expect(possibleActions(facts).retry.may_duplicate).toBe(may);
		expect(possibleActions(facts).cancel.may_duplicate).toBe(false);
	});

	test("when it was resolved as delivered, and what is refused duplicates nothing", () => {
		expect(possibleActions(factsWith({ event: { status: "delivered" } })).retry).toEqual({
			refused: null,
			may_duplicate: true,
		});
		const refused = { retry: "being_sent", cancel: "being_sent", resolve: "not_uncertain" } as const;
		const sending = factsWith({ event: { status: "sending", refused }, attempts: [attempt(1)] });
		expect(possibleActions(sending).retry).toEqual({ refused: "being_sent", may_duplicate: false });
		expect(actionsInWords(sending).retry).toEqual({
			allowed: false,
			may_duplicate: false,
			why_not: "it is being sent right now",
		});
	});
});

describe("what was decided after an attempt", () => {
	const only = (event: Parameters<typeof factsWith>[0]) => attemptDecisions(factsWith(event)).at(-1);

	test("accepted: nothing", () => {
		expect(only({ attempts: [attempt(1, { outcome: "accepted" })] })).toBe("Delivered: nothing further to do.");
	});

	test("another one, and when", () => {
		const [first] = attemptDecisions(factsWith({ attempts: [attempt(1), attempt(2)] }));
		expect(first).toBe(
			"Reward may have applied it, and its trigger is at-least-once: a repeat is better than a loss. It was tried again 9 s later.",
		);
	});

	test.each([
		["pending", /is to be tried again in 30 s/],
		["sending", /being tried again right now/],
		["dead", /given up: “too many attempts”/],
		["uncertain", /held until a person finds out/],
		["cancelled", /was cancelled/],
		["delivered", /counts as delivered/],
	] as const)("the last one, when the event is %s", (status, words) => {
		const event = { status, next_attempt_at: status === "pending" ? ago(-30) : null, reason: "too many attempts" };
		expect(only({ event, attempts: [attempt(1)] })).toMatch(words);
	});

	test("at-most-once says so", () => {
		const facts = {
			event: { status: "uncertain" },
			trigger: { ...TRIGGER, mode: "at_most_once" },
			attempts: [attempt(1)],
		} as const;
		expect(only(facts)).toMatch(/at-most-once\. It is held/);
	});

	test("people count: what they had done is told in place of what the relay would", () => {
		const operation = (action: string, seconds: number) => ({
			at: ago(seconds),
			actor: "anna",
			action,
			reason: "r",
			detail: null,
		});
		const [first, second] = attemptDecisions(
			factsWith({
				event: { status: "cancelled" },
				attempts: [attempt(1, { outcome: "refused" }), attempt(5, { outcome: "not_sent" })],
				operations: [operation("retry", 70), operation("cancel", 10)],
			}),
		);
		expect(first).toBe("Reward did not apply it. “anna” had it sent again.");
		expect(second).toBe("It never left the relay. “anna” cancelled it.");
	});

	test("an attempt that was reaped and answered after all", () => {
		const [first] = attemptDecisions(factsWith({ attempts: [attempt(1), attempt(1, { outcome: "accepted" })] }));
		expect(first).toMatch(/^Reaped/);
	});
});
