import { stderr } from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Lines on the terminal: what is running, how long it took, what came out. */
export class Progress {
	readonly #startedAt = performance.now();
	readonly notes: string[] = [];

	heading(text: string): void {
		stderr.write(`\n${text}\n`);
	}

	step(name: string, result: string): void {
		stderr.write(`${this.#elapsed()}  ${name.padEnd(46)} ${result}\n`);
	}

	/**
	 * Something the reader of the results has to know; its first line is kept with them, without where this checkout is.
	 */
	note(text: string): void {
		const [first = ""] = text.split("\n", 1);
		const kept = first.replaceAll(ROOT, "");
		if (this.notes.includes(kept)) return;
		this.notes.push(kept);
		stderr.write(`${this.#elapsed()}  note: ${text}\n`);
	}

	#elapsed(): string {
		const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
		return `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, "0")}`;
	}
}
