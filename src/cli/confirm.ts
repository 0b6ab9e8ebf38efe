import { createInterface } from "node:readline";
import type { CommandContext } from "./context.ts";

/** Asks on the terminal; only `y` and `yes` are a yes. Ctrl-C and the end of input are a no. */
export function confirmed(context: CommandContext, question: string): Promise<boolean> {
	const lines = createInterface({ input: context.stdin, output: context.stderr, terminal: false });
	return new Promise((resolve) => {
		const answer = (yes: boolean) => {
			resolve(yes);
			lines.close();
		};
		lines.once("line", (line) => answer(/^y(es)?$/i.test(line.trim())));
		lines.once("close", () => answer(false));
		context.stderr.write(`${question} [y/N] `);
	});
}
