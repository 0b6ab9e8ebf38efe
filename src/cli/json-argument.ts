import { InvalidArgumentError } from "commander";

const JSON_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;

/** A number as JSON writes it, kept as text: `1.10` stays `1.10`, and no digit of a long one is lost. */
export function jsonNumber(text: string): string {
	if (JSON_NUMBER.test(text)) return text;
	throw new InvalidArgumentError("Expected a number as JSON writes it, such as 19.99.");
}

/** Any JSON, checked and kept as text. */
export function jsonText(text: string): string {
	parsed(text, "Expected JSON.");
	return text;
}

/** A JSON object, checked and kept as text. */
export function jsonObject(text: string): string {
	const expected = 'Expected a JSON object such as {"value": 19.99}.';
	const value = parsed(text, expected);
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
	throw new InvalidArgumentError(expected);
}

function parsed(text: string, expected: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new InvalidArgumentError(expected);
	}
}
