import type { AttemptFacts, Facts } from "../event/facts.ts";
import { limitInWords, momentInWords, sinceInWords } from "./span.ts";
import { historyLines, quoted } from "./why-history.ts";
import { nextForPending, relayObstacles } from "./why-next.ts";
import { receiptLines } from "./why-receipts.ts";

/**
 * Explains an event as a colleague would: what happened, what is known, what is uncertain, what happens next. One
 * paragraph per line, in that order. Text of foreign origin (ids, errors, reasons) is in it as it is: whoever shows the
 * lines escapes them.
 */
export function explain(facts: Facts): string[] {
	return [statusLine(facts), ...historyLines(facts), ...doubtLines(facts), ...receiptLines(facts), ...nextLines(facts)];
}

function statusLine({ event, now }: Facts): string {
	switch (event.status) {
		case "pending":
			return event.attempts === 0
				? "The event is pending: it was not sent yet."
				: "The event is pending: it will be sent again.";
		case "sending":
			return "The event is being sent.";
		case "delivered":
			return `The event is delivered${event.delivered_at === null ? "" : `, ${sinceInWords(event.delivered_at, now)}`}.`;
		case "dead":
			return `The event is dead: ${event.reason === null ? "it will not be sent again by itself" : quoted(event.reason)}.`;
		case "uncertain":
			return "The event is uncertain: nobody knows whether Reward applied it, and it is not repeated on a guess.";
		case "cancelled":
			return "The event is cancelled: it will not be sent.";
		default:
			return event.status satisfies never;
	}
}

/** What the record cannot decide, and what may have happened twice. */
function doubtLines(facts: Facts): string[] {
	const ambiguous = numbers(facts.attempts.filter((attempt) => attempt.outcome === "ambiguous"));
	const accepted = numbers(facts.attempts.filter((attempt) => attempt.outcome === "accepted"));
	// The same attempt may be on record twice: reaped when its lease expired, accepted after all.
	const doubtful = ambiguous.filter((attempt) => !accepted.includes(attempt));
	const lines: string[] = [];
	if (accepted.length > 1)
		lines.push(
			`Reward accepted it ${accepted.length} times (${attemptList(accepted)}): the user was probably rewarded more than once.`,
		);
	if (doubtful.length > 0) lines.push(doubt(doubtful, accepted, facts));
	return lines;
}

function doubt(doubtful: readonly number[], accepted: readonly number[], { event }: Facts): string {
	const which = `${attemptList(doubtful)} ${doubtful.length === 1 ? "is" : "are"} ambiguous`;
	if (accepted.length > 0) return `What is uncertain: ${which}, so Reward may have applied the event more than once.`;
	if (event.status === "delivered")
		return `What is uncertain: ${which}; that it was delivered is what a person found out.`;
	return `What is uncertain: ${which}, so Reward may have applied the event already${event.status === "pending" ? ", and the next attempt may repeat it" : ""}.`;
}

function nextLines(facts: Facts): string[] {
	const { event } = facts;
	switch (event.status) {
		case "pending":
			return [...nextForPending(facts), ...modeLine(facts)];
		case "sending":
			return sendingLines(facts);
		case "delivered":
			return ["Nothing further happens."];
		case "dead":
			return [`Nothing further happens by itself. When the cause is repaired: reward-outbox events retry ${event.id}`];
		case "uncertain":
			return uncertainLines(facts);
		case "cancelled":
			return [`Nothing further happens. To send it after all: reward-outbox events retry ${event.id}`];
		default:
			return event.status satisfies never;
	}
}

function sendingLines(facts: Facts): string[] {
	const { event, claim, now } = facts;
	const attempt = `attempt ${Math.max(event.attempts, 1)}`;
	if (claim === null) return [`A relay is making ${attempt}.`];
	const who = claim.relay ?? "a relay";
	if (claim.expires_at > now) {
		return [
			`${who} took it for ${attempt} ${momentInWords(claim.claimed_at, now)} and holds it until ${limitInWords(claim.expires_at, now)} at the longest; after that the attempt counts as ambiguous.`,
			...modeLine(facts),
		];
	}
	return [
		`${who} took it for ${attempt} ${momentInWords(claim.claimed_at, now)} and its lease has expired. The next relay that reaps counts this attempt as ambiguous.`,
		...relayObstacles(facts),
		...modeLine(facts),
	];
}

function modeLine({ trigger }: Facts): string[] {
	return trigger?.mode === "at_most_once"
		? ["Its trigger is at-most-once: after an ambiguous attempt it becomes uncertain and is not sent again."]
		: [];
}

function uncertainLines({ event, holds_back: behind }: Facts): string[] {
	const held =
		behind === 0
			? []
			: [
					`It holds back ${behind >= 1000 ? "1000 or more" : behind} later ${behind === 1 ? "event" : "events"} of its ordering key ${quoted(event.ordering_key ?? "")} until then.`,
				];
	return [
		`A person has to find out, for instance in Reward's own records of the user ${quoted(event.user_id)}, and then say so: reward-outbox events resolve ${event.id} --as delivered|not-delivered --reason …`,
		...held,
	];
}

function numbers(attempts: readonly AttemptFacts[]): number[] {
	return [...new Set(attempts.map(({ attempt }) => attempt))];
}

function attemptList(attempts: readonly number[]): string {
	const shown = attempts.slice(0, 10).join(", ");
	return attempts.length === 1 ? `attempt ${shown}` : `attempts ${shown}${attempts.length > 10 ? ", …" : ""}`;
}
