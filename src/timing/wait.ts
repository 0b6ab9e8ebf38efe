import type { Clock } from "./clock.ts";

/**
 * What a loop waits on between two rounds: a time, or somebody who ends the wait. That nobody waits at that moment is
 * remembered, so that nothing is lost between deciding to wait and waiting.
 */
export class Wait {
	readonly #clock: Clock;
	#ended = false;
	#resolve: (() => void) | undefined;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	end(): void {
		this.#ended = true;
		this.#resolve?.();
	}

	/** Resolves after `ms`, or at the first `end()` since the last call, whichever is earlier. */
	async upTo(ms: number): Promise<void> {
		if (!this.#ended && ms > 0) {
			await new Promise<void>((resolve) => {
				const cancel = this.#clock.after(ms, resolve);
				this.#resolve = () => {
					cancel();
					resolve();
				};
			});
			this.#resolve = undefined;
		}
		this.#ended = false;
	}
}
