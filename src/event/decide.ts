import type { Attribution } from "./attribution.ts";
import { backoffMs, type RetryPolicy } from "./backoff.ts";
import type { Outcome } from "./outcome.ts";

/** What follows from an attempt. */
export type Decision =
	| { readonly next: "delivered" }
	| { readonly next: "dead" }
	| { readonly next: "uncertain" }
	/** `excused`: the attempt does not count against the limit, because the refusal says nothing about this event. */
	| { readonly next: "pending"; readonly delayMs: number; readonly excused: boolean };

/** Where an event stands in its attempts, the one just made included. */
export interface AttemptCount {
	readonly attempt: number;
	/** Earlier attempts that do not count. */
	readonly excused: number;
	readonly atMostOnce: boolean;
	/** The trigger's own limit; null: the policy's. */
	readonly maxAttempts: number | null;
}

/** The one place where an outcome becomes a status. Pure: `random` in [0, 1) is the jitter of a retry. */
export function decide(
	count: AttemptCount,
	outcome: Outcome,
	policy: RetryPolicy,
	random: number,
	attribution: Attribution,
): Decision {
	switch (outcome.class) {
		case "accepted":
			return { next: "delivered" };
		case "not_sent":
			return retry(count, policy, random, 0);
		case "ambiguous":
			// Where its neighbours are accepted, asking again would only pay again: a person has to find out.
			if (count.atMostOnce || attribution === "event") return { next: "uncertain" };
			return retry(count, policy, random, outcome.retryAfterMs ?? 0);
		case "refused":
			switch (outcome.fault) {
				case "event":
					return { next: "dead" };
				case "configuration":
				case "trigger":
					return excused(count, policy, random, 0);
				case "pacing":
					return excused(count, policy, random, outcome.retryAfterMs ?? 0);
				case "unexplained":
					return attribution === "event" ? { next: "dead" } : suspended(count, policy, random);
				case "unknown_target":
					if (attribution === "event") return { next: "dead" };
					return attribution === "trigger" ? excused(count, policy, random, 0) : retry(count, policy, random, 0);
				default:
					return outcome.fault satisfies never;
			}
		default:
			return outcome satisfies never;
	}
}

function retry(count: AttemptCount, policy: RetryPolicy, random: number, atLeastMs: number): Decision {
	const counted = count.attempt - count.excused;
	if (counted >= (count.maxAttempts ?? policy.maxAttempts)) return { next: "dead" };
	return {
		next: "pending",
		delayMs: Math.max(atLeastMs, backoffMs(Math.max(counted, 1), policy, random)),
		excused: false,
	};
}

function excused(count: AttemptCount, policy: RetryPolicy, random: number, atLeastMs: number): Decision {
	const counted = Math.max(count.attempt - count.excused, 1);
	return { next: "pending", delayMs: Math.max(atLeastMs, backoffMs(counted, policy, random)), excused: true };
}

/** Excused, and asked ever more rarely: nobody knows yet that it will not be refused for good. */
function suspended({ attempt }: AttemptCount, policy: RetryPolicy, random: number): Decision {
	return { next: "pending", delayMs: backoffMs(attempt, policy, random), excused: true };
}
