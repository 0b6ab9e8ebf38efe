import { escapeForTerminal } from "../escape.ts";
import { redactSecrets } from "../redact.ts";

/** A secret shorter than this is part of too many innocent values to be searched for in them. */
const SEARCHED_SECRET_MIN_LENGTH = 4;

const SHOWN_VALUE_CAP = 60;

/** A wrong value for a message: escaped, capped, and left out where it may hold one of these secrets or any other. */
export function shownText(text: string, secrets: readonly string[]): string {
	if (text === "") return "an empty value";
	if (mayHoldSecret(text, secrets)) return NOT_SHOWN;
	return `"${escapeForTerminal(text, SHOWN_VALUE_CAP)}"`;
}

/** What is said of a value that is a secret, or may hold one. */
export const NOT_SHOWN = "something else (not shown, it may hold a secret)";

/** A name that somebody typed. */
export function shownName(name: string): string {
	return escapeForTerminal(name, SHOWN_VALUE_CAP);
}

/** What kind of value it is, where the value itself says too much or nothing. */
export function nameOfValue(value: unknown): string {
	if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
	if (Array.isArray(value)) return "an array";
	return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The secrets themselves, the passwords inside those that are URLs, and the texts inside those that are JSON. */
export function searchedSecrets(values: readonly string[]): string[] {
	const inside = values.flatMap((value) => [passwordOf(value), ...textsOf(value)]);
	return [...values, ...inside].filter((secret) => secret.length >= SEARCHED_SECRET_MIN_LENGTH);
}

/** Values end up in the wrong place; a secret is not shown there either. */
function mayHoldSecret(text: string, secrets: readonly string[]): boolean {
	// Credentials and tokens of a URL stand before an @ or behind a ? (or what was typed for them).
	if (/[@?]/.test(text) || redactSecrets(text) !== text || /sk_(test|live)/i.test(text)) return true;
	return secrets.some((secret) => text.includes(secret));
}

/** What stands between the first colon after `://` and the last `@`; empty: nothing does. */
function passwordOf(url: string): string {
	const authority = url.indexOf("://");
	const colon = authority === -1 ? -1 : url.indexOf(":", authority + 3);
	return colon === -1 ? "" : url.slice(colon + 1, Math.max(colon + 1, url.lastIndexOf("@")));
}

/** Every text in a JSON object, and of `Bearer x` the x too; of a signing secret what follows its prefix. */
function textsOf(secret: string): string[] {
	if (secret.startsWith("whsec_")) return [secret.slice("whsec_".length)];
	if (!secret.startsWith("{")) return [];
	const texts: string[] = [];
	try {
		JSON.parse(secret, (_, value: unknown) => void (typeof value === "string" && texts.push(value)));
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
	}
	return texts.flatMap((text) => [text, ...text.split(" ").slice(-1)]);
}
