import type { AttemptFacts, Facts, OperationFacts } from "../event/facts.ts";
import { counted } from "./counts.ts";
import { limitInWords, momentInWords, spanInWords } from "./span.ts";

/** Text of foreign origin inside a sentence. */
const QUOTE_CAP = 300;

/** What happened so far, a line per event in its life. Attempts that went the same way are told once. */
export function historyLines(facts: Facts): string[] {
	return [writtenLine(facts), ...timeline(facts)];
}

function writtenLine({ event, now }: Facts): string {
	const by = event.source === null ? "" : `, captured by the watch ${quoted(event.source)}`;
	const order = event.ordering_key === null ? "" : `, ordering key ${quoted(event.ordering_key)}`;
	const later = event.deliver_after === null ? "" : `, not to be sent before ${limitInWords(event.deliver_after, now)}`;
	return `It was written ${momentInWords(event.created_at, now)} for the trigger ${quoted(event.trigger_id)} and the user ${quoted(event.user_id)}${by}${order}${later}.`;
}

interface Told {
	readonly at: Date;
	readonly line: string;
}

function timeline(facts: Facts): string[] {
	const told: Told[] = [
		...runs(facts.attempts).map((run) => ({ at: (run[0] as AttemptFacts).started_at, line: runLine(run, facts.now) })),
		...facts.operations.map((operation) => ({ at: operation.at, line: operationLine(operation, facts.now) })),
	];
	if (facts.attempts_left_out > 0) {
		const last = facts.attempts.at(-1)?.started_at ?? facts.now;
		told.push({
			at: last,
			line: `(${counted(facts.attempts_left_out, "attempt in between is", "attempts in between are")} left out here.)`,
		});
	}
	return told.sort((a, b) => a.at.getTime() - b.at.getTime()).map(({ line }) => line);
}

/** Attempts in a row that went the same way; two of them are still told one by one. */
function runs(attempts: readonly AttemptFacts[]): AttemptFacts[][] {
	const grouped: AttemptFacts[][] = [];
	for (const attempt of attempts) {
		const run = grouped.at(-1);
		if (run?.[0] !== undefined && wentTheSame(run[0], attempt)) run.push(attempt);
		else grouped.push([attempt]);
	}
	return grouped.flatMap((run) => (run.length > 2 ? [run] : run.map((attempt) => [attempt])));
}

function wentTheSame(one: AttemptFacts, other: AttemptFacts): boolean {
	return one.outcome === other.outcome && one.http_status === other.http_status && one.error_code === other.error_code;
}

function runLine(run: readonly AttemptFacts[], now: Date): string {
	const [first, last] = [run[0] as AttemptFacts, run.at(-1) as AttemptFacts];
	const relay = first.relay === null ? "" : ` by ${first.relay}`;
	if (run.length === 1) {
		return `Attempt ${first.attempt}, ${momentInWords(first.started_at, now)}${relay}: ${outcomeInWords(first)}`;
	}
	const until = limitInWords(last.started_at, now);
	return `Attempts ${first.attempt} to ${last.attempt}, from ${limitInWords(first.started_at, now)} until ${until}, all alike: ${outcomeInWords(last)}`;
}

function outcomeInWords(attempt: AttemptFacts): string {
	const after = attempt.duration_ms === null ? "" : ` after ${spanInWords(attempt.duration_ms)}`;
	const answer = attempt.http_status === null ? "" : `Reward answered HTTP ${attempt.http_status}${after}`;
	const detail = errorInWords(attempt);
	switch (attempt.outcome) {
		case "accepted":
			return `${answer || "Reward answered"} and accepted it.`;
		case "refused":
			return `${answer || "Reward answered"} and refused it${detail}. It was not applied.`;
		case "not_sent":
			return `the request never left${detail}. Reward cannot have applied it.`;
		case "ambiguous":
			return `${answer || `no usable answer came${after}`}${detail}. Reward may or may not have applied it.`;
		default:
			return attempt.outcome satisfies never;
	}
}

function errorInWords({ error_code: code, error_message: message }: AttemptFacts): string {
	const parts = [code, message].filter((part) => part !== null).map(capped);
	return parts.length === 0 ? "" : ` (${parts.join(": ")})`;
}

const DEEDS: Readonly<Record<string, string>> = {
	retry: "put it back to pending, to be sent again",
	cancel: "cancelled it",
	resolve: "resolved it",
	confirm: "counted it as delivered",
	resend_unconfirmed: "put it back to pending, to be sent again",
};

function operationLine(operation: OperationFacts, now: Date): string {
	const decided = detailText(operation.detail, "as");
	const deed = DEEDS[operation.action] ?? `did “${capped(operation.action)}”`;
	const as = decided === null ? "" : ` as ${decided}`;
	const was = detailText(operation.detail, "was");
	const before = was === null ? "" : `; until then it was ${was}`;
	const why = operation.reason === null ? "without giving a reason" : `because ${quoted(operation.reason)}`;
	return `${capped(operation.actor)} ${deed}${as} ${momentInWords(operation.at, now)}, ${why}${before}.`;
}

function detailText(detail: unknown, name: string): string | null {
	const value = (detail as Record<string, unknown> | null)?.[name];
	return typeof value === "string" ? capped(value) : null;
}

export function quoted(text: string): string {
	return `“${capped(text)}”`;
}

function capped(text: string): string {
	return text.length <= QUOTE_CAP ? text : `${text.slice(0, QUOTE_CAP)}…`;
}
