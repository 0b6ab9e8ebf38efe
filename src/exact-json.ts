// Not in TypeScript's library yet; in every Node this package runs on.
interface ExactJson {
	parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
	rawJSON(text: string): unknown;
}

/**
 * JSON text as a value that `JSON.stringify` prints with the same numbers: one that a double would round
 * (`12345678901234567890`, `1.10`) is kept as it was written. For printing, not for computing.
 */
export function exactJson(text: string): unknown {
	const json = JSON as unknown as ExactJson;
	return json.parse(text, (_key, value, { source }) =>
		typeof value === "number" && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
	);
}
