import type { Outcome } from "../../../src/event/outcome.ts";
import type { ExpiredEvent } from "../../../src/store/expire.ts";
import type { SettledEvent, Settlement } from "../../../src/store/settle.ts";
import type { Move } from "./act.ts";
import type { Known } from "./known.ts";
import type { Side } from "./side.ts";
import type { Step, Verdict } from "./steps.ts";

/** The results of a claim, in the order in which a relay writes them: failures first. */
export function settle(known: Known, step: Extract<Step, { do: "settle" }>): Move | null {
	const claimed = known.claims[step.claim % known.claims.length];
	if (claimed === undefined) return null;
	const relayNo = known.relayNos[0] as number;
	const results = claimed
		.map((event, n) => settlementOf(event, relayNo, verdictOf(step.verdicts, n), 100 + known.count++, 40))
		.filter((settlement) => settlement !== null);
	const accepted = results.filter(({ decision }) => decision.next === "delivered");
	const failed = results.filter(({ decision }) => decision.next !== "delivered");
	known.failed.unshift(...failed.map(({ event }) => event.eventId));
	const done = step.ends ? [...new Set(claimed.map(({ leaseId }) => leaseId))] : [];
	return {
		async on({ store }) {
			const heads: (string | null)[] = [];
			if (failed.length > 0) heads.push(await store.settleFailed(failed, accepted.length > 0 ? [] : done));
			if (accepted.length > 0 || failed.length === 0) heads.push(await store.settleAccepted(relayNo, accepted, done));
			return heads;
		},
	};
}

/** What silent relays left behind goes on record as ambiguous. */
export async function settleReaped({ store }: Side, step: Extract<Step, { do: "reap" }>): Promise<unknown> {
	const expired = (await store.expiredEvents(100, step.backMs)).toSorted(byEvent);
	const settlements = expired
		.map((event, n) => settlementOf(event, event.relayNo, verdictOf(step.verdicts, n), event.ageMs, null))
		.filter((settlement) => settlement !== null);
	const done = [...new Set(expired.map(({ leaseId }) => leaseId))];
	return { expired, head: expired.length === 0 ? null : await store.settleFailed(settlements, done) };
}

function verdictOf(verdicts: readonly Verdict[], n: number): Verdict {
	return verdicts[n % verdicts.length] ?? null;
}

function settlementOf(
	event: SettledEvent,
	relayNo: number,
	verdict: Verdict,
	ageMs: number,
	durationMs: number | null,
): Settlement | null {
	if (verdict === null) return null;
	return {
		event,
		relayNo,
		outcome: outcomeOf(verdict.outcome, durationMs),
		decision: verdict.decision,
		ageMs,
		durationMs,
	};
}

function outcomeOf(outcome: NonNullable<Verdict>["outcome"], durationMs: number | null): Outcome {
	const nothing = { httpStatus: null, errorCode: null, errorMessage: null, responseBody: null };
	switch (outcome) {
		case "accepted":
			return { ...nothing, class: "accepted", httpStatus: 200 };
		case "refused":
			return { ...nothing, class: "refused", httpStatus: 422, errorCode: "bad", fault: "event", retryAfterMs: null };
		case "not_sent":
			return { ...nothing, class: "not_sent", errorCode: "ECONNREFUSED", errorMessage: "nobody is there" };
		case "ambiguous":
			return {
				...nothing,
				class: "ambiguous",
				httpStatus: durationMs === null ? null : 500,
				errorCode: durationMs === null ? "lease_expired" : "http_500",
				errorMessage: "it broke",
				isWhole: durationMs !== null,
				retryAfterMs: null,
			};
		default:
			return outcome satisfies never;
	}
}

function byEvent(a: ExpiredEvent, b: ExpiredEvent): number {
	return a.eventId < b.eventId ? -1 : 1;
}
