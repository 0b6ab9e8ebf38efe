/**
 * A line of CSV as RFC 4180 has it. A cell that a spreadsheet would take for a formula gets an apostrophe in front; so
 * does one that begins with an apostrophe itself. So an apostrophe at the beginning of a cell always means: take it
 * away.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
	return `${cells.map(cell).join(",")}\r\n`;
}

/** In front of what a spreadsheet reads as UTF-8 only with it. */
export const BYTE_ORDER_MARK = "\ufeff";

/** Full-width forms too: some spreadsheets take them for the plain ones. */
const ACTS_AS_FORMULA = /^['=+\-@\t\r\n＝＋－＠]/;

function cell(value: string | number | null): string {
	if (value === null) return "";
	if (typeof value === "number") return String(value);
	const safe = ACTS_AS_FORMULA.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
