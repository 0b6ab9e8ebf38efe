/** Remembers that somebody rang while nobody waited. */
export class Wake {
	#rung = false;
	#resolve: (() => void) | undefined;

	ring(): void {
		this.#rung = true;
		this.#resolve?.();
	}

	async wait(ms: number): Promise<void> {
		if (!this.#rung) {
			const { promise, resolve } = Promise.withResolvers<void>();
			this.#resolve = resolve;
			const timer = setTimeout(resolve, ms);
			await promise;
			clearTimeout(timer);
		}
		this.#rung = false;
	}
}
