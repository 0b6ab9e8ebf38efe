import type { Clock } from "../../src/timing/clock.ts";

/** A clock that moves when it is told to. */
export class ManualClock implements Clock {
	#now = 0;
	#timers: { at: number; fire: () => void }[] = [];

	now(): number {
		return this.#now;
	}

	after(ms: number, fire: () => void): () => void {
		const timer = { at: this.#now + Math.max(ms, 0), fire };
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter((other) => other !== timer);
		};
	}

	/** Timers that have neither fired nor been cancelled. */
	get pending(): number {
		return this.#timers.length;
	}

	advance(ms: number): void {
		this.#now += ms;
		const due = this.#timers.filter((timer) => timer.at <= this.#now).sort((a, b) => a.at - b.at);
		this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
		for (const timer of due) timer.fire();
	}
}
