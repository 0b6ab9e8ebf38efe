import { Writable } from "node:stream";
import type { CommandContext } from "./context.ts";

const CLEAR_TO_LINE_END = "\u001b[K";

/** Collects what is printed and writes it in one piece; on a terminal every line also clears what stood there before. */
export function writtenAtOnce(context: CommandContext, print: (out: CommandContext) => void): void {
	const pieces: string[] = [];
	const stdout = new Writable({
		decodeStrings: false,
		write: (piece: string, _encoding, done) => {
			pieces.push(piece);
			done();
		},
	});
	print({ ...context, stdout });
	const text = pieces.join("");
	context.stdout.write(context.stdoutIsTerminal ? text.replaceAll("\n", `${CLEAR_TO_LINE_END}\n`) : text);
}
