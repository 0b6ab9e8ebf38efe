import { spanInWords } from "../words/span.ts";
import type { CommandContext } from "./context.ts";

const SHOWN_EVERY_MS = 100;
/** Before that a rate says nothing. */
const RATE_AFTER_MS = 1000;
const BAR_CHARACTERS = 20;

/**
 * One line on stderr that is rewritten while something long runs, with a bar, the rate and the time that is left where
 * the end is known; nothing at all when stderr is not a terminal.
 */
export class Progress {
	readonly #context: CommandContext;
	readonly #isShown: boolean;
	readonly #startedAt = performance.now();
	#drawnAt = Number.NEGATIVE_INFINITY;
	#drawn = false;

	constructor(context: CommandContext) {
		this.#context = context;
		this.#isShown = context.stderrIsTerminal && context.env["TERM"] !== "dumb";
	}

	/** @param text safe already */
	show(text: string): void {
		this.#draw(text);
	}

	/** @param total null: nobody knows how many there are */
	advance(done: number, total: number | null, noun: string): void {
		const isLast = done === total;
		if (!this.#isDue() && !isLast) return;
		const elapsedMs = performance.now() - this.#startedAt;
		const perMs = elapsedMs < RATE_AFTER_MS ? null : done / elapsedMs;
		const rate = perMs === null ? "" : `  ${Math.round(perMs * 1000)}/s`;
		if (total === null) {
			this.#draw(`${done} ${noun}${rate}`);
			return;
		}
		const left = perMs === null || perMs === 0 || isLast ? "" : `  ${spanInWords((total - done) / perMs)} left`;
		this.#draw(`${bar(total === 0 ? 1 : done / total)}  ${done} of ${total} ${noun}${rate}${left}`);
	}

	/** Removes the line. Once it is called, stderr is free for other lines; a later call shows it again. */
	end(): void {
		if (this.#drawn) this.#context.stderr.write("\r\u001b[K");
		this.#drawn = false;
	}

	#isDue(): boolean {
		return this.#isShown && performance.now() - this.#drawnAt >= SHOWN_EVERY_MS;
	}

	#draw(text: string): void {
		if (!this.#isShown) return;
		this.#drawnAt = performance.now();
		this.#drawn = true;
		// A line that wraps could not be rewritten.
		this.#context.stderr.write(`\r\u001b[K${text.slice(0, Math.max(this.#context.columns - 1, 20))}`);
	}
}

function bar(share: number): string {
	const full = Math.round(Math.min(Math.max(share, 0), 1) * BAR_CHARACTERS);
	return `${"█".repeat(full)}${"░".repeat(BAR_CHARACTERS - full)} ${String(Math.floor(share * 100)).padStart(3)} %`;
}
