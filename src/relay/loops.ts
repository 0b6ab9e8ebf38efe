import { doubledWithJitterMs } from "../event/backoff.ts";
import type { Wait } from "../timing/wait.ts";

/**
 * Between two attempts to reach a database that does not answer: the first delivery is to follow its first answer
 * within two seconds.
 */
const RETRY_MOST_MS = 1_000;

/** Something that is done again and again. */
export interface Loop {
	/** Between two rounds. */
	readonly wait: Wait;
	/** Returns how many milliseconds to wait before the next. */
	round(): Promise<number>;
}

export interface LoopsOptions {
	readonly loops: readonly Loop[];
	/** In [0, 1). */
	readonly random: () => number;
	/** A round failed; the next one follows after so long. */
	readonly onFailure: (error: unknown, retryInMs: number) => void;
}

/** Keeps the loops of a relay going, side by side, until it stops. */
export class Loops {
	readonly #options: LoopsOptions;
	#stopping = false;

	constructor(options: LoopsOptions) {
		this.#options = options;
	}

	/** Resolves when it was told to stop, and every loop has ended its round. */
	async run(): Promise<void> {
		await Promise.all(this.#options.loops.map((loop) => this.#repeat(loop)));
	}

	stop(): void {
		this.#stopping = true;
		for (const { wait } of this.#options.loops) wait.end();
	}

	async #repeat(loop: Loop): Promise<void> {
		const { random, onFailure } = this.#options;
		let failures = 0;
		while (!this.#stopping) {
			let ms: number;
			try {
				ms = await loop.round();
				failures = 0;
			} catch (error) {
				ms = doubledWithJitterMs(100, failures++, RETRY_MOST_MS, random());
				onFailure(error, ms);
			}
			if (!this.#stopping) await loop.wait.upTo(ms);
		}
	}
}
