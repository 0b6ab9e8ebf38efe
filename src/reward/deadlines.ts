/** Something that must end by a certain moment. The links belong to the queue that holds it. */
export interface Timed {
	/** On the monotonic clock, in milliseconds. */
	deadlineAt: number;
	earlier: Timed | null;
	later: Timed | null;
	/** The deadline has passed. Has to take itself out of the queue, as anything that ends does. */
	expire(): void;
}

/** A timer this late was not held up by work but by a frozen process. Milliseconds. */
const LATE_MS = 200;

/**
 * Deadlines that all lie equally far ahead, so the order of arrival is the order of expiry: one list and one timer do
 * the work of a timer for each request, and what is finished leaves at once instead of waiting in memory for its
 * deadline.
 */
export class DeadlineQueue {
	readonly #timeoutMs: number;
	#first: Timed | null = null;
	#last: Timed | null = null;
	#timer: NodeJS.Timeout | null = null;

	constructor(timeoutMs: number) {
		this.#timeoutMs = timeoutMs;
	}

	add(entry: Timed): void {
		entry.deadlineAt = performance.now() + this.#timeoutMs;
		entry.earlier = this.#last;
		if (this.#last === null) this.#first = entry;
		else this.#last.later = entry;
		this.#last = entry;
		if (this.#timer === null) this.#arm(this.#timeoutMs);
	}

	/** Takes out an entry that is in the queue. */
	remove(entry: Timed): void {
		if (entry.earlier === null) this.#first = entry.later;
		else entry.earlier.later = entry.later;
		if (entry.later === null) this.#last = entry.earlier;
		else entry.later.earlier = entry.earlier;
		entry.earlier = null;
		entry.later = null;
	}

	/** Disarms the timer. Entries that are still queued never expire. */
	stop(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}

	/** The timer is left running when the list empties, and set again only after it has fired: never once per request. */
	#arm(delayMs: number): void {
		this.#timer = setTimeout(() => this.#expire(), Math.ceil(delayMs));
		// What is in flight has a socket that keeps the process alive; a deadline alone must not.
		this.#timer.unref();
	}

	/**
	 * A process that was frozen finds its timers due before it has read its sockets: answers that arrived meanwhile go
	 * first.
	 */
	#expire(): void {
		this.#timer = null;
		if (this.#first !== null && performance.now() - this.#first.deadlineAt > LATE_MS)
			setImmediate(() => this.#expireDue());
		else this.#expireDue();
	}

	#expireDue(): void {
		const now = performance.now();
		while (this.#first !== null && this.#first.deadlineAt <= now) this.#first.expire();
		if (this.#first !== null && this.#timer === null) this.#arm(this.#first.deadlineAt - now);
	}
}
