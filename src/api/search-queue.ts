import { ProblemError } from "../http/problem.ts";

/** Bounds of what may wait. */
export interface QueueLimits {
	/** Longest that somebody is kept waiting, in milliseconds. */
	readonly patienceMs: number;
	/** How many wait at most. */
	readonly waiting: number;
	/** After a search none is begun for as long as it took, but no longer than this, in milliseconds. */
	readonly restMs: number;
}

const QUEUE_LIMITS: QueueLimits = { patienceMs: 10_000, waiting: 32, restMs: 2_000 };

const BUSY = {
	status: 503,
	code: "too_busy",
	detail: "other searches are under way, and too many at once would slow delivery",
	hint: "try again in a moment, or name a user or a key: that needs no waiting",
} as const;

const NEVER = new AbortController().signal;

/**
 * One heavy search at a time, in the order of asking, and then a rest as long. A statement takes at most one of the
 * database's processors, but four of them take all that a small server has, and no timeout gives an event back the
 * milliseconds it waited for one. So however many ask, their looks take about half of one processor.
 */
export class SearchQueue {
	readonly #limits: QueueLimits;
	readonly #waiting = new Set<() => void>();
	#isTaken = false;

	constructor(limits: QueueLimits = QUEUE_LIMITS) {
		this.#limits = limits;
	}

	/**
	 * @param abandoned whoever asked has gone: then its place is the next one's
	 * @throws ProblemError too_busy when its turn does not come in time
	 */
	async run<T>(look: () => Promise<T>, abandoned: AbortSignal): Promise<T> {
		if (this.#waiting.size >= this.#limits.waiting) throw new ProblemError(BUSY);
		await this.#turn(AbortSignal.any([abandoned, AbortSignal.timeout(this.#limits.patienceMs)]));
		return await this.#look(look);
	}

	/** For what has begun and cannot be refused any more: waits as long as it takes. */
	async runPatiently<T>(look: () => Promise<T>): Promise<T> {
		await this.#turn(NEVER);
		return await this.#look(look);
	}

	async #look<T>(look: () => Promise<T>): Promise<T> {
		const begunAt = performance.now();
		try {
			return await look();
		} finally {
			const restMs = Math.min(performance.now() - begunAt, this.#limits.restMs);
			setTimeout(() => this.#passOn(), restMs).unref();
		}
	}

	#passOn(): void {
		const [next] = this.#waiting;
		if (next === undefined) this.#isTaken = false;
		else next();
	}

	#turn(enough: AbortSignal): Promise<void> {
		if (!this.#isTaken) {
			this.#isTaken = true;
			return Promise.resolve();
		}
		if (enough.aborted) return Promise.reject(new ProblemError(BUSY));
		return new Promise((resolve, reject) => {
			const begin = () => {
				enough.removeEventListener("abort", giveUp);
				this.#waiting.delete(begin);
				resolve();
			};
			const giveUp = () => {
				this.#waiting.delete(begin);
				reject(new ProblemError(BUSY));
			};
			enough.addEventListener("abort", giveUp, { once: true });
			this.#waiting.add(begin);
		});
	}
}
