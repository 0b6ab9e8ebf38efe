import { ProblemError } from "../http/problem.ts";

export interface SlotLimits {
	/** Answers at once, from the beginning of a request until its reader has taken the answer. */
	readonly inAll: number;
	/** Of these, how many one reader may have. */
	readonly perReader: number;
	/** Longest that a request is kept waiting for one, in milliseconds. */
	readonly patienceMs: number;
}

/** An answer takes a few MiB at most, so all of them leave most of a small container to the relay. */
const SLOT_LIMITS: SlotLimits = { inAll: 20, perReader: 8, patienceMs: 5_000 };

const BUSY = {
	status: 503,
	code: "too_busy",
	detail: "too many answers are waiting to be read",
	hint: "read the answers to what was asked before, or try again in a moment",
} as const;

/**
 * Bounds the answers that are kept in memory, over all connections, and leaves some of them for everybody: a reader who
 * asks a lot and takes nothing keeps himself waiting first.
 */
export class AnswerSlots {
	readonly #limits: SlotLimits;
	readonly #taken = new Map<string, number>();
	readonly #waiting = new Set<{ readonly reader: string; readonly begin: () => void }>();
	#inAll = 0;

	constructor(limits: SlotLimits = SLOT_LIMITS) {
		this.#limits = limits;
	}

	/**
	 * Waits for a slot.
	 *
	 * @returns What gives it back.
	 * @throws ProblemError too_busy when none is free in time, or whoever asked has gone
	 */
	async take(reader: string, gone: AbortSignal): Promise<() => void> {
		if (this.#isFree(reader)) this.#count(reader, 1);
		else await this.#turn(reader, AbortSignal.any([gone, AbortSignal.timeout(this.#limits.patienceMs)]));
		return () => {
			this.#count(reader, -1);
			this.#passOn();
		};
	}

	#isFree(reader: string): boolean {
		return this.#inAll < this.#limits.inAll && (this.#taken.get(reader) ?? 0) < this.#limits.perReader;
	}

	#count(reader: string, change: 1 | -1): void {
		this.#inAll += change;
		const taken = (this.#taken.get(reader) ?? 0) + change;
		if (taken === 0) this.#taken.delete(reader);
		else this.#taken.set(reader, taken);
	}

	/** Whoever has waited longest and may have one. */
	#passOn(): void {
		for (const { reader, begin } of this.#waiting) {
			if (!this.#isFree(reader)) continue;
			begin();
			return;
		}
	}

	#turn(reader: string, enough: AbortSignal): Promise<void> {
		if (enough.aborted) return Promise.reject(new ProblemError(BUSY));
		return new Promise((resolve, reject) => {
			const giveUp = () => {
				this.#waiting.delete(waiter);
				reject(new ProblemError(BUSY));
			};
			const begin = () => {
				enough.removeEventListener("abort", giveUp);
				this.#waiting.delete(waiter);
				this.#count(reader, 1);
				resolve();
			};
			const waiter = { reader, begin };
			enough.addEventListener("abort", giveUp, { once: true });
			this.#waiting.add(waiter);
		});
	}
}
