import type { CommandContext } from "./context.ts";

/** One line on stderr that is rewritten while something long runs; nothing at all when stderr is not a terminal. */
export class Progress {
	readonly #context: CommandContext;
	#shown = false;

	constructor(context: CommandContext) {
		this.#context = context;
	}

	/** @param text safe already, shorter than a line */
	show(text: string): void {
		if (!this.#context.stderrIsTerminal) return;
		this.#shown = true;
		this.#context.stderr.write(`\r\u001b[K${text}`);
	}

	/** Removes the line. */
	end(): void {
		if (this.#shown) this.#context.stderr.write("\r\u001b[K");
		this.#shown = false;
	}
}
