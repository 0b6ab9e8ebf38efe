import type { Clock } from "../../src/timing/clock.ts";

interface Entry {
	readonly at: number;
	/** What is due at the same time happens in the order in which it was asked for. */
	readonly no: number;
	fire: (() => void) | null;
}

/** Simulated time: what is to happen, and when. Nothing takes time but waiting for it. Milliseconds. */
export class Timeline {
	readonly clock: Clock = { now: () => this.#now, after: (ms, fire) => this.after(ms, fire) };
	#now = 0;
	#count = 0;
	/** A heap: the earliest is first. */
	readonly #entries: Entry[] = [];

	get now(): number {
		return this.#now;
	}

	/** Returns a function that cancels it. */
	after(ms: number, fire: () => void): () => void {
		const entry: Entry = { at: this.#now + Math.max(0, ms), no: this.#count++, fire };
		this.#push(entry);
		return () => {
			entry.fire = null;
		};
	}

	/** Goes to what happens next, and has it happen. False: nothing is to happen any more before that time. */
	step(until: number): boolean {
		for (;;) {
			const entry = this.#entries[0];
			if (entry === undefined || entry.at > until) {
				this.#now = until;
				return false;
			}
			this.#pop();
			if (entry.fire === null) continue;
			this.#now = entry.at;
			entry.fire();
			return true;
		}
	}

	#push(entry: Entry): void {
		const entries = this.#entries;
		let at = entries.length;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			const above = entries[parent] as Entry;
			if (!isBefore(entry, above)) break;
			entries[at] = above;
			at = parent;
		}
		entries[at] = entry;
	}

	#pop(): void {
		const entries = this.#entries;
		const last = entries.pop() as Entry;
		if (entries.length === 0) return;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= entries.length) break;
			if (child + 1 < entries.length && isBefore(entries[child + 1] as Entry, entries[child] as Entry)) child++;
			if (!isBefore(entries[child] as Entry, last)) break;
			entries[at] = entries[child] as Entry;
			at = child;
		}
		entries[at] = last;
	}
}

function isBefore(a: Entry, b: Entry): boolean {
	return a.at < b.at || (a.at === b.at && a.no < b.no);
}
