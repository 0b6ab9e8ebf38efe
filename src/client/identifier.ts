import { CONTROL_CHARACTER, MOST_BYTES } from "../identifier.ts";
import { type EventRule, InvalidEventError } from "./errors.ts";

/** A trigger's or user's id: becomes one segment of a URL's path, hence the rules about dots and control characters. */
export function checkIdentifier(field: string, value: unknown): string {
	const text = checkKey(field, value);
	if (text === "." || text === "..") throw new InvalidEventError(field, "dots", "must not be . or ..");
	if (CONTROL_CHARACTER.test(text)) {
		throw new InvalidEventError(field, "control_character", "must not contain control characters");
	}
	return text;
}

/** A key: anything PostgreSQL can hold as text, within the size limit. */
export function checkKey(field: string, value: unknown): string {
	if (typeof value !== "string") {
		const rule: EventRule = value === undefined ? "required" : "type";
		throw new InvalidEventError(field, rule, `must be a string, got ${nameOfKind(value)}`);
	}
	const bytes = Buffer.byteLength(value);
	if (bytes < 1 || bytes > MOST_BYTES) {
		throw new InvalidEventError(field, "length", `must be 1 to ${MOST_BYTES} bytes of UTF-8, got ${bytes}`);
	}
	checkStorable(field, value);
	return value;
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair; a driver would replace the latter in silence. */
export function isStorable(text: string): boolean {
	return text.isWellFormed() && !text.includes("\0");
}

/** @throws InvalidEventError naming which of the two it is. */
export function checkStorable(field: string, text: string): void {
	if (text.includes("\0")) {
		throw new InvalidEventError(field, "nul_character", "must not contain U+0000, which PostgreSQL cannot store");
	}
	if (!text.isWellFormed()) {
		throw new InvalidEventError(
			field,
			"lone_surrogate",
			"must not contain half of a surrogate pair: it is not valid text",
		);
	}
}

/** What a value is, for a message that must not show the value. */
export function nameOfKind(value: unknown): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "an array";
	if (value instanceof Date) return "a Date";
	if (typeof value === "object") return "an object";
	return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}
