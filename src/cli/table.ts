import picocolors from "picocolors";
import { escapeForTerminal } from "../escape.ts";
import type { Status } from "../event/event.ts";
import { paintStatus } from "./colours.ts";
import type { CommandContext } from "./context.ts";
import { BETWEEN_COLUMNS, type Column, type Layout, layOut } from "./table-layout.ts";
import { textWidth } from "./text-width.ts";
import { wrapWords } from "./wrap.ts";

export type { Column } from "./table-layout.ts";

type Output = Pick<CommandContext, "stdout" | "stdoutIsTerminal" | "colour" | "terminalSize">;

/** What a cell may hold; null is shown as `-`. Everything is escaped, so any text is safe. */
export type Cell = string | number | boolean | null;

const PROSE_INDENT = 4;

/**
 * Prints aligned columns without borders; the headers stand out on a terminal. There it is fitted to its width: prose
 * is wrapped, columns are left out by importance, and the last line says which. A pipe gets all of it.
 */
export function printTable(out: Output, columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
	const texts = rows.map((row) => columns.map((column, index) => cellText(row[index] ?? null, column.cap ?? 60)));
	const widths = columns.map((column, index) =>
		texts.reduce((widest, cells) => Math.max(widest, textWidth(cells[index] ?? "")), textWidth(column.header)),
	);
	const room = out.stdoutIsTerminal ? out.terminalSize().columns : Number.POSITIVE_INFINITY;
	const layout = layOut(columns, widths, room);
	const { bold, dim } = picocolors.createColors(out.colour);
	const headers = columns.map(({ header }) => header);
	const lines = [
		...rowLines(headers, columns, layout, room, (text) => bold(text)),
		...texts.flatMap((cells) => rowLines(cells, columns, layout, room, paintedAs(out.colour))),
	];
	const leftOut = layout.leftOut.map((index) => headers[index]);
	if (leftOut.length > 0) lines.push(dim(`(a wider terminal also shows: ${leftOut.join(", ")})`));
	out.stdout.write(`${lines.join("\n")}\n`);
}

type Paint = (text: string, column: Column, cell: string) => string;

function paintedAs(colour: boolean): Paint {
	return (text, column, cell) => (column.isStatus ? paintStatus(cell as Status, text, colour) : text);
}

function rowLines(cells: readonly string[], columns: readonly Column[], layout: Layout, room: number, paint: Paint) {
	const { inRow, below } = layout;
	const blocks = inRow.map(({ index, width }) => {
		const column = columns[index] as Column;
		const cell = cells[index] ?? "";
		const lines = column.isProse ? wrapWords(cell, width) : [cutTo(cell, width)];
		return { width, column, cell, lines };
	});
	const height = Math.max(1, ...blocks.map(({ lines }) => lines.length));
	const row = Array.from({ length: height }, (_none, n) =>
		blocks
			.map(({ width, column, cell, lines }) =>
				aligned(lines[n] ?? "", width, column, (text) => paint(text, column, cell)),
			)
			.join(" ".repeat(BETWEEN_COLUMNS))
			.trimEnd(),
	);
	const prose = below === null ? "" : (cells[below] ?? "");
	if (prose === "") return row;
	const indent = " ".repeat(PROSE_INDENT);
	const column = columns[below as number] as Column;
	return [...row, ...wrapWords(prose, room - PROSE_INDENT).map((line) => indent + paint(line, column, prose))];
}

function aligned(text: string, width: number, { align }: Column, paint: (text: string) => string): string {
	const blank = " ".repeat(Math.max(0, width - textWidth(text)));
	return align === "right" ? blank + paint(text) : paint(text) + blank;
}

function cutTo(text: string, width: number): string {
	if (textWidth(text) <= width) return text;
	let kept = "";
	for (const character of text) {
		if (textWidth(kept + character) > width - 1) break;
		kept += character;
	}
	return `${kept}…`;
}

export function cellText(cell: Cell, cap: number): string {
	return cell === null ? "-" : escapeForTerminal(String(cell), cap);
}
