import Table from "cli-table3";
import picocolors from "picocolors";
import { escapeForTerminal, terminalSafeJson } from "../escape.ts";
import { spanInWords } from "../event/span.ts";
import type { CommandContext } from "./context.ts";

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

const NO_BORDERS = Object.fromEntries(
	["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
		.concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
		.map((part) => [part, ""]),
);

/** Prints aligned columns without borders; the headers stand out on a terminal. Nothing is cut to its width. */
export function printTable(out: Output, columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
	const { bold } = picocolors.createColors(out.colour);
	const table = new Table({
		head: columns.map((column) => bold(column.header)),
		colAligns: columns.map((column) => column.align ?? "left"),
		chars: { ...NO_BORDERS, middle: "  " },
		// Without its own colours: ours are off when they should be.
		style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
	});
	for (const row of rows) table.push(row.map((cell, index) => cellText(cell, columns[index]?.cap ?? 60)));
	printLine(out, withoutTrailingBlanks(table.toString()));
}

function cellText(cell: Cell, cap: number): string {
	return cell === null ? "-" : escapeForTerminal(String(cell), cap);
}

function withoutTrailingBlanks(text: string): string {
	return text
		.split("\n")
		.map((line) => line.trimEnd())
		.join("\n");
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
