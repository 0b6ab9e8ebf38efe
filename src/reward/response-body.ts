import { escapeForTerminal } from "../escape.ts";

/** What is kept of a response's body in the attempts table. */
const MAX_STORED_BODY_BYTES = 4096;
const MAX_MESSAGE_CHARACTERS = 500;
const MAX_CODE_CHARACTERS = 100;
/** Bytes, or characters, looked at of a text of which less is kept: without secrets and blanks it is shorter. */
const LOOKED_AT = 16_384;
/** Left out at a cut: it may be the first half of a secret, which nothing recognises. No key is longer. */
const CUT_CHARACTERS = 1_024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that the text spells out as JSON, or null when it is anything else. */
export function parseJsonObject(text: string): JsonObject | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
	} catch {
		// Not JSON is an ordinary answer here: the caller's question was whether it is.
		return null;
	}
}

/**
 * The body as PostgreSQL can hold it: valid UTF-8 without U+0000, redacted, capped between characters; null when empty.
 */
export function storableBody(bytes: Buffer, redact: (text: string) => string): string | null {
	if (bytes.length === 0) return null;
	const text = redactedStart(bytes.toString("utf8", 0, LOOKED_AT), bytes.length > LOOKED_AT, redact);
	return capBytes(text.replaceAll("\0", "\ufffd").toWellFormed(), MAX_STORED_BODY_BYTES);
}

/** The beginning of a text without its secrets; where it was cut, a half of one does not stay either. */
function redactedStart(start: string, isCut: boolean, redact: (text: string) => string): string {
	return isCut ? redact(start).slice(0, -CUT_CHARACTERS) : redact(start);
}

function capBytes(text: string, cap: number): string {
	const bytes = Buffer.from(text);
	if (bytes.length <= cap) return text;
	let end = cap;
	// A byte of the form 10xxxxxx continues a character: step back to where that character begins.
	while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
	return bytes.toString("utf8", 0, end);
}

/** What the receiver says went wrong, made safe to store and to show. */
export interface ErrorDetail {
	readonly code: string | null;
	readonly message: string | null;
}

/** Reads the documented `{"error": {"code", "message"}}`, and a plain string in place of the object. */
export function errorDetail(body: JsonObject | null, redact: (text: string) => string): ErrorDetail {
	const { error } = body ?? {};
	if (typeof error === "string") return { code: null, message: messageLine(error, redact) };
	if (typeof error !== "object" || error === null) return { code: null, message: null };
	const { code, message } = error as JsonObject;
	return {
		code:
			typeof code === "string" || typeof code === "number" ? oneLine(String(code), MAX_CODE_CHARACTERS, redact) : null,
		message: typeof message === "string" ? messageLine(message, redact) : null,
	};
}

/**
 * One line a person can read: secrets out, control and bidirectional characters made visible, capped. Null when blank.
 */
export function messageLine(text: string, redact: (text: string) => string): string | null {
	return oneLine(text, MAX_MESSAGE_CHARACTERS, redact);
}

function oneLine(text: string, cap: number, redact: (text: string) => string): string | null {
	// A line break inside a message is layout, so it becomes a space; escaping is for what has no business there.
	const line = redactedStart(text.slice(0, LOOKED_AT), text.length > LOOKED_AT, redact)
		.replace(/\s+/g, " ")
		.trim();
	const escaped = escapeForTerminal(line, cap);
	// Escaping lengthens the text again.
	const capped = escaped.length > cap ? `${escaped.slice(0, cap - 1).replace(/[\ud800-\udbff]$/, "")}…` : escaped;
	return capped === "" ? null : capped;
}
