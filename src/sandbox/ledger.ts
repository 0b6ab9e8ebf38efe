import type { Target } from "./event-request.ts";

/** One event that the sandbox has applied. */
export interface Application extends Target {
	/** Counts applications from 1, in their order. */
	readonly sequence: number;
	/** The request's Idempotency-Key, or null. Recorded only: nothing is deduplicated by it. */
	readonly idempotencyKey: string | null;
	/** The body as it was sent. */
	readonly body: string;
	/** ISO 8601. */
	readonly receivedAt: string;
	/** The sequence of the first application with the same key; null for the first, and when there is no key. */
	readonly duplicateOf: number | null;
}

/** Applications kept for `GET /events`. All are counted. */
export const MAX_KEPT = 10_000;
const MAX_KEPT_CHARACTERS = 32 * 2 ** 20;
/** Keys remembered to recognise duplicates, the latest ones: some 60 MiB at most. */
const MAX_KEYS = 500_000;

/** What the sandbox has applied, in bounded memory. */
export class Ledger {
	readonly #kept: Application[] = [];
	readonly #firstWithKey = new Map<string, number>();
	#keptCharacters = 0;
	#total = 0;
	#duplicates = 0;

	/** Applications ever. */
	get total(): number {
		return this.#total;
	}

	/** Applications whose key had been applied before. */
	get duplicates(): number {
		return this.#duplicates;
	}

	record(target: Target, idempotencyKey: string | null, body: string, receivedAt: Date): Application {
		const sequence = ++this.#total;
		const duplicateOf = idempotencyKey === null ? null : this.#firstOf(idempotencyKey, sequence);
		if (duplicateOf !== null) this.#duplicates++;
		const { triggerId, userId } = target;
		const time = receivedAt.toISOString();
		const application = { sequence, triggerId, userId, idempotencyKey, body, receivedAt: time, duplicateOf };
		this.#keep(application);
		return application;
	}

	/** The last `limit` applications, or as many as have `characters` in their bodies; the newest last. */
	latest(limit: number, characters = Number.POSITIVE_INFINITY): Application[] {
		let first = this.#kept.length;
		let left = characters;
		while (first > 0 && this.#kept.length - first < limit && left > 0) {
			first -= 1;
			left -= this.#kept[first]?.body.length ?? 0;
		}
		return this.#kept.slice(first);
	}

	#firstOf(key: string, sequence: number): number | null {
		const first = this.#firstWithKey.get(key);
		if (first !== undefined) return first;
		this.#firstWithKey.set(key, sequence);
		if (this.#firstWithKey.size > MAX_KEYS) {
			for (const oldest of this.#firstWithKey.keys()) {
				this.#firstWithKey.delete(oldest);
				break;
			}
		}
		return null;
	}

	#keep(application: Application): void {
		this.#kept.push(application);
		this.#keptCharacters += application.body.length;
		const excess = this.#excess();
		for (const { body } of this.#kept.splice(0, excess)) this.#keptCharacters -= body.length;
	}

	/** How many to forget. A whole tenth at once, because taking one from the front of an array moves all the others. */
	#excess(): number {
		const full = this.#kept.length > MAX_KEPT || this.#keptCharacters > MAX_KEPT_CHARACTERS;
		return full ? Math.ceil(this.#kept.length / 10) : 0;
	}
}
