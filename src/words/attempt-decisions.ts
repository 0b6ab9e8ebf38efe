import type { AttemptFacts, Facts, OperationFacts } from "../event/facts.ts";
import { momentInWords, spanInWords } from "./span.ts";
import { quoted } from "./why-history.ts";

/** What was decided after each attempt, and why, in words: one sentence or two per attempt, in their order. */
export function attemptDecisions(facts: Facts): string[] {
	return facts.attempts.map((attempt, index) => {
		if (attempt.outcome === "accepted") return "Delivered: nothing further to do.";
		const next = facts.attempts[index + 1];
		// An attempt may be on record twice: reaped when its lease expired, accepted after all.
		if (next !== undefined && next.attempt === attempt.attempt) {
			return "Reaped because its lease expired; the answer came after all.";
		}
		return `${why(attempt, facts, next === undefined)} ${whatCame(attempt, next, facts)}`;
	});
}

function why(attempt: AttemptFacts, facts: Facts, isLast: boolean): string {
	switch (attempt.outcome) {
		case "accepted":
			return "Reward accepted it.";
		case "refused":
			return "Reward did not apply it.";
		case "not_sent":
			return "It never left the relay.";
		case "ambiguous":
			return `Reward may have applied it, ${doubtInWords(facts, isLast)}`;
		default:
			return attempt.outcome satisfies never;
	}
}

function doubtInWords({ trigger, event }: Facts, isLast: boolean): string {
	if (trigger?.mode === "at_most_once") return "and its trigger is at-most-once.";
	// Nothing else leads there.
	return isLast && event.status === "uncertain"
		? "and is asked no more: its answers leave that open again and again, while others of its trigger are accepted."
		: "and its trigger is at-least-once: a repeat is better than a loss.";
}

function whatCame(attempt: AttemptFacts, next: AttemptFacts | undefined, facts: Facts): string {
	const until = next?.started_at ?? facts.now;
	const decided = facts.operations.filter(({ at }) => at > attempt.started_at && at <= until);
	if (next !== undefined) return tried(attempt, next, decided, facts.attempts_left_out);
	return decided.length === 0 ? standing(facts) : byPerson(decided, facts);
}

function tried(attempt: AttemptFacts, next: AttemptFacts, decided: readonly OperationFacts[], leftOut: number): string {
	const retried = decided.findLast(({ action }) => action === "retry" || action === "resolve");
	if (retried !== undefined) return `${quoted(retried.actor)} had it sent again.`;
	if (leftOut > 0 && next.attempt > attempt.attempt + 1) return "It was tried again.";
	const pauseMs = next.started_at.getTime() - attempt.started_at.getTime() - (attempt.duration_ms ?? 0);
	return `It was tried again ${spanInWords(Math.max(0, pauseMs))} later.`;
}

function byPerson(decided: readonly OperationFacts[], facts: Facts): string {
	const last = decided.at(-1) as OperationFacts;
	switch (last.action) {
		case "cancel":
			return `${quoted(last.actor)} cancelled it.`;
		case "retry":
			return `${quoted(last.actor)} has it sent again.`;
		case "resolve":
			return `${quoted(last.actor)} resolved it; it is ${facts.event.status}.`;
		default:
			return standing(facts);
	}
}

/** Where the last attempt has led. */
function standing({ event, now }: Facts): string {
	switch (event.status) {
		case "pending":
			return event.next_attempt_at === null
				? "It is to be tried again."
				: `It is to be tried again ${momentInWords(event.next_attempt_at, now)}.`;
		case "sending":
			return "It is being tried again right now.";
		case "dead":
			return `It was given up${event.reason === null ? "" : `: ${quoted(event.reason)}`}.`;
		case "uncertain":
			return "It is held until a person finds out.";
		case "cancelled":
			return "It was cancelled.";
		case "delivered":
			return "It counts as delivered.";
		default:
			return event.status satisfies never;
	}
}
