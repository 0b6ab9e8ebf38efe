import { Writable } from "node:stream";
import type { CommandContext } from "./context.ts";

/** What is printed, as text. */
export function printedText(context: CommandContext, print: (out: CommandContext) => void): string {
	const pieces: string[] = [];
	const stdout = new Writable({
		decodeStrings: false,
		write: (piece: string, _encoding, done) => {
			pieces.push(piece);
			done();
		},
	});
	print({ ...context, stdout });
	return pieces.join("");
}

/** Collects what is printed and writes it in one piece. */
export function writtenAtOnce(context: CommandContext, print: (out: CommandContext) => void): void {
	context.stdout.write(printedText(context, print));
}
