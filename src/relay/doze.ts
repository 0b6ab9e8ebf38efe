import type { Clock } from "./clock.ts";

/**
 * What a loop waits on between two rounds: a time, or somebody ringing. A ring while nobody waits is remembered, so that
 * none is lost between deciding to wait and waiting.
 */
export class Doze {
	readonly #clock: Clock;
	#rung = false;
	#wake: (() => void) | undefined;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	ring(): void {
		this.#rung = true;
		this.#wake?.();
	}

	/** Resolves after `ms`, or at the first ring since the last call, whichever is earlier. */
	async upTo(ms: number): Promise<void> {
		if (!this.#rung && ms > 0) {
			await new Promise<void>((resolve) => {
				const cancel = this.#clock.after(ms, resolve);
				this.#wake = () => {
					cancel();
					resolve();
				};
			});
			this.#wake = undefined;
		}
		this.#rung = false;
	}
}
