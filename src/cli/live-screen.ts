import type { CommandContext } from "./context.ts";
import { cutToWidth } from "./line-width.ts";

const OPEN = "\u001b[?1049h\u001b[?25l\u001b[H\u001b[2J";
const CLOSE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
/** Terminals that know it show the picture in one piece; the others ignore it. */
const BEGIN_PICTURE = "\u001b[?2026h";
const END_PICTURE = "\u001b[?2026l";

/**
 * A picture that fills the terminal and is drawn over itself; what was on the terminal before is there again
 * afterwards.
 */
export class LiveScreen {
	readonly #context: CommandContext;
	readonly #undo: (() => void)[];
	#picture = "";
	#open = true;

	constructor(context: CommandContext) {
		this.#context = context;
		// Also when a second Ctrl-C or an error ends the process.
		this.#undo = [context.onResize(() => this.#paint()), context.onExit(() => this.#restore())];
		context.stdout.write(OPEN);
	}

	draw(picture: string): void {
		this.#picture = picture;
		this.#paint();
	}

	/** May be called twice. */
	close(): void {
		for (const undo of this.#undo) undo();
		this.#restore();
	}

	#paint(): void {
		if (!this.#open) return;
		const { columns, rows } = this.#context.terminalSize();
		const lines = this.#picture.trimEnd().split("\n");
		// A line that wraps, or a break after the last one, would scroll the picture.
		const shown =
			lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
		const text = shown.map((line) => cutToWidth(line, columns) + CLEAR_TO_LINE_END).join("\r\n");
		this.#context.stdout.write(BEGIN_PICTURE + HOME + text + CLEAR_BELOW + END_PICTURE);
	}

	#restore(): void {
		if (this.#open) this.#context.stdout.write(CLOSE);
		this.#open = false;
	}
}
