import type { Clock } from "./clock.ts";
import { Wait } from "./wait.ts";

interface RoundParts {
	/** Between the end of one round and the beginning of the next, give or take a tenth. Milliseconds. */
	readonly everyMs: number;
	/** Must not reject. */
	readonly round: (signal: AbortSignal) => Promise<void>;
	readonly clock: Clock;
	/** In [0, 1). */
	readonly random: () => number;
}

/** Does something again and again until it is stopped, one round after the other. */
export class Rounds {
	readonly #parts: RoundParts;
	readonly #wait: Wait;
	readonly #stopping = new AbortController();
	#running: Promise<void> | undefined;

	constructor(parts: RoundParts) {
		this.#parts = parts;
		this.#wait = new Wait(parts.clock);
	}

	/** Calling it again, or after stop(), does nothing. */
	start(): void {
		if (!this.#stopping.signal.aborted) this.#running ??= this.#run();
	}

	/** The round that is under way sees the signal. May be called twice, and before start(). */
	async stop(): Promise<void> {
		this.#stopping.abort();
		this.#wait.end();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { round, everyMs, random } = this.#parts;
		const { signal } = this.#stopping;
		while (!signal.aborted) {
			await round(signal);
			if (!signal.aborted) await this.#wait.upTo(everyMs * (0.9 + random() * 0.2));
		}
	}
}
