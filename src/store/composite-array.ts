/** A field of a composite value. */
export type CompositeValue = string | number | null;

/**
 * Rows as PostgreSQL reads an array of a composite type. A field without a text is null, whatever the session says of
 * the word.
 */
export function compositeArray(rows: readonly (readonly CompositeValue[])[]): string {
	return `{${rows.map((row) => quoted(`(${row.map(field).join(",")})`)).join(",")}}`;
}

function field(value: CompositeValue): string {
	if (value === null) return "";
	return typeof value === "number" || PLAIN.test(value) ? String(value) : quoted(value);
}

/** Nothing that PostgreSQL would take for a delimiter, a quote or a blank. */
const PLAIN = /^[\w-]+$/;

function quoted(text: string): string {
	return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
