import picocolors from "picocolors";
import { terminalSafeJson } from "../escape.ts";
import { spanInWords } from "../words/span.ts";
import type { CommandContext } from "./context.ts";
import { type Cell, cellText } from "./table.ts";
import { wrapWords } from "./wrap.ts";

export { escapeForTerminal } from "../escape.ts";
export { spanInWords as formatDuration } from "../words/span.ts";

type Output = Pick<CommandContext, "stdout" | "stdoutIsTerminal" | "colour" | "terminalSize">;

/** Prints names and their values under each other, the values aligned; on a terminal they are wrapped between words. */
export function printFields(out: Output, fields: readonly (readonly [name: string, value: Cell])[]): void {
	const { bold } = picocolors.createColors(out.colour);
	const width = Math.max(...fields.map(([name]) => name.length));
	for (const [name, value] of fields) {
		printProse(out, cellText(value, 2000), {
			first: `${bold(name)}${" ".repeat(width - name.length)}  `,
			indent: width + 2,
		});
	}
}

/**
 * Prints a text that is safe already; on a terminal it is wrapped between words.
 *
 * @param options.first What stands before it, `indent` columns wide.
 * @param options.indent Columns that its other lines begin with. Default 0.
 */
export function printProse(out: Output, text: string, options: { first?: string; indent?: number } = {}): void {
	const { first = "", indent = 0 } = options;
	const room = out.stdoutIsTerminal ? Math.max(20, out.terminalSize().columns - indent) : Number.POSITIVE_INFINITY;
	printLine(out, first + wrapWords(text, room).join(`\n${" ".repeat(indent)}`));
}

/** Says something beside the result, on stderr; the text is safe already. On a terminal it is wrapped between words. */
export function printNote(
	out: Pick<CommandContext, "stderr" | "stderrIsTerminal" | "terminalSize">,
	text: string,
): void {
	const room = out.stderrIsTerminal ? out.terminalSize().columns : Number.POSITIVE_INFINITY;
	out.stderr.write(`${wrapWords(text, room).join("\n")}\n`);
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
