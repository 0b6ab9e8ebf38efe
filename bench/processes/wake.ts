/** Remembers that somebody notified while nobody waited. */
export class Wake {
	#notified = false;
	#resolve: (() => void) | undefined;

	notify(): void {
		this.#notified = true;
		this.#resolve?.();
	}

	async wait(ms: number): Promise<void> {
		if (!this.#notified) {
			const { promise, resolve } = Promise.withResolvers<void>();
			this.#resolve = resolve;
			const timer = setTimeout(resolve, ms);
			await promise;
			clearTimeout(timer);
		}
		this.#notified = false;
	}
}
