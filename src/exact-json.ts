// Not in TypeScript's library yet; in every Node this package runs on.
interface ExactJson {
	parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
	rawJSON(text: string): unknown;
}

/** What reads and writes JSON goes as deep as the document, and the stack ends somewhere beyond a thousand. */
const DEEPEST_DOCUMENT = 500;

/**
 * JSON text as a value that `JSON.stringify` prints with the same numbers: one that a double would round
 * (`12345678901234567890`, `1.10`) is kept as it was written. For printing, not for computing.
 *
 * @returns the text itself where it is nested deeper than that
 */
export function exactJson(text: string, deepest = DEEPEST_DOCUMENT): unknown {
	if (isDeeper(text, deepest)) return text;
	const json = JSON as unknown as ExactJson;
	return json.parse(text, (_key, value, { source }) =>
		typeof value === "number" && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
	);
}

/** Whether arrays and objects of a JSON text are nested deeper than `most` levels. */
export function isDeeper(text: string, most: number): boolean {
	// As many brackets need as much room.
	if (text.length <= 2 * most) return false;
	let depth = 0;
	// A string that is not closed ends with the text: a pattern that insists on the quote would look for it from each
	// one.
	for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[{]|[\]}]/gs)) {
		if (token === "[" || token === "{") depth += 1;
		else if (token === "]" || token === "}") depth -= 1;
		if (depth > most) return true;
	}
	return false;
}
