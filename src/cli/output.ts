import picocolors from "picocolors";
import { escapeForTerminal, terminalSafeJson } from "../escape.ts";
import { spanInWords } from "../event/span.ts";
import type { CommandContext } from "./context.ts";
import { textWidth } from "./text-width.ts";

export { escapeForTerminal } from "../escape.ts";
export { spanInWords as formatDuration } from "../event/span.ts";

type Output = Pick<CommandContext, "stdout" | "stdoutIsTerminal" | "colour">;

/** One column of a table. */
export interface Column {
	readonly header: string;
	/** Numbers read best at the right. Default `left`. */
	readonly align?: "left" | "right";
	/** Characters shown of a cell at most. Default 60. */
	readonly cap?: number;
}

/** What a cell may hold; null is shown as `-`. Everything is escaped, so any text is safe. */
export type Cell = string | number | boolean | null;

const BETWEEN_COLUMNS = "  ";

/** Prints aligned columns without borders; the headers stand out on a terminal. Nothing is cut to its width. */
export function printTable(out: Output, columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
	const { bold } = picocolors.createColors(out.colour);
	const lines = [
		columns.map((column) => bold(column.header)),
		...rows.map((row) => columns.map((column, index) => cellText(row[index] ?? null, column.cap ?? 60))),
	];
	const widths = columns.map((_column, index) =>
		lines.reduce((widest, cells) => Math.max(widest, textWidth(cells[index] ?? "")), 0),
	);
	const aligned = lines.map((cells) => columns.map((column, index) => padded(cells, widths, column, index)));
	printLine(out, aligned.map((cells) => cells.join(BETWEEN_COLUMNS).trimEnd()).join("\n"));
}

function padded(cells: readonly string[], widths: readonly number[], column: Column, index: number): string {
	const text = cells[index] ?? "";
	const room = " ".repeat((widths[index] ?? 0) - textWidth(text));
	return column.align === "right" ? room + text : text + room;
}

function cellText(cell: Cell, cap: number): string {
	return cell === null ? "-" : escapeForTerminal(String(cell), cap);
}

/** Prints names and their values under each other, the values aligned. */
export function printFields(out: Output, fields: readonly (readonly [name: string, value: Cell])[]): void {
	const { bold } = picocolors.createColors(out.colour);
	const width = Math.max(...fields.map(([name]) => name.length));
	for (const [name, value] of fields) {
		printLine(out, `${bold(name)}${" ".repeat(width - name.length)}  ${cellText(value, 2000)}`);
	}
}

/** Prints one line of text that is safe already. */
export function printLine(out: Output, text: string): void {
	out.stdout.write(`${text}\n`);
}

/** Prints one JSON document: indented on a terminal, one line otherwise. The result of `--json`. */
export function printJson(out: Output, value: unknown): void {
	printLine(out, terminalSafeJson(value, out.stdoutIsTerminal ? 2 : 0));
}

/** Prints one JSON document per line: `--json` of a list. */
export function printJsonLines(out: Output, values: Iterable<unknown>): void {
	for (const value of values) printLine(out, terminalSafeJson(value));
}

/**
 * How far a moment is from now: `3 min 2 s ago`, `in 5 s`, `now`.
 *
 * @param now The clock that the moment was stamped by: the database's, for what comes from there.
 */
export function formatRelativeTime(at: Date, now: Date): string {
	const ms = at.getTime() - now.getTime();
	if (Math.abs(ms) < 500) return "now";
	return ms < 0 ? `${spanInWords(ms)} ago` : `in ${spanInWords(ms)}`;
}
