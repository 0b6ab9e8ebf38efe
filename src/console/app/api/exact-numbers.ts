import { exactJson } from "../../../exact-json.ts";

/** Whether this browser keeps numbers as they were written. One that does not rounds what a double cannot hold. */
export const KEEPS_NUMBERS = "rawJSON" in JSON;

/** A document within an answer is 500 deep at most; deeper ones are text there. */
const DEEPEST_ANSWER = 600;

/**
 * Reads an answer. Numbers inside payloads stay what they were: `1.10`, `12345678901234567890`. For showing, not for
 * computing.
 */
export function readJson(text: string): unknown {
	return KEEPS_NUMBERS ? exactJson(text, DEEPEST_ANSWER) : JSON.parse(text);
}
