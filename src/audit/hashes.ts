import { createHash } from "node:crypto";
import { type AttemptRecord, CONTENT, CONTENT_NAMES, type DecisionRecord, type EntryRecord } from "./records.ts";

// The published format, docs/audit.md: written here a second time, and not asked of the database that is audited.

/** SHA-256 of a text as UTF-8, in hex. */
function sha256(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

/** A text that can hold anything, or nothing. */
function quoted(text: string | null, nothing: string): string {
	return text === null ? nothing : JSON.stringify(text);
}

function line(...fields: (string | number | null)[]): string {
	return fields.map((field) => field ?? "-").join(" ");
}

export function entryHash({ chain, entry_no, at, kind, previous, body }: EntryRecord): string {
	return sha256(`${line(chain, entry_no, JSON.stringify(at), kind, previous)}\n${body}`);
}

/** Of what an event holds now. */
export function contentDigest(attempt: AttemptRecord): string {
	const held = CONTENT_NAMES.map((name) => (CONTENT[name] === "json" ? quoted(attempt[name], "") : attempt[name]));
	return sha256([attempt.content_salt, attempt.event_id, ...held].join("\n"));
}

/** The line that stands for an attempt in its chain. */
export function attemptLine(attempt: AttemptRecord): string {
	const { event_id, attempt: no, outcome } = attempt;
	const digestOf = (text: string | null, salt: string | null) =>
		text === null ? null : sha256(`${salt}\n${line(event_id, no, outcome)}\n${text}`);
	return line(
		event_id,
		no,
		outcome,
		JSON.stringify(attempt.started_at),
		attempt.duration_ms,
		attempt.relay_no,
		attempt.http_status,
		attempt.content_digest ?? contentDigest(attempt),
		attempt.message_digest ?? digestOf(attempt.error_message, attempt.message_salt),
		attempt.body_digest ?? digestOf(attempt.response_body, attempt.body_salt),
		quoted(attempt.error_code, "-"),
		attempt.trigger_id,
	);
}

/** The line that stands for a decision in its chain. */
export function decisionLine(decision: DecisionRecord): string {
	const { operation_no, at, actor, action, event_id, trigger_id, run_no, reason, detail, texts_salt } = decision;
	const isSilent = reason === null && detail === null;
	const digest = isSilent ? null : sha256([texts_salt, operation_no, quoted(reason, ""), detail ?? ""].join("\n"));
	const texts = decision.texts_digest ?? digest;
	return line(operation_no, JSON.stringify(at), event_id, run_no, texts, action, JSON.stringify(actor), trigger_id);
}

/** What a line is about: the event, attempt and outcome; or the decision. */
export function subjectOf(text: string, kind: "attempts" | "decisions"): string {
	return text.split(" ", kind === "attempts" ? 3 : 1).join(" ");
}
