/** A map that forgets what was set longest ago when it is full, and nothing else. */
export class RecentMap<Key, Value> {
	readonly #most: number;
	readonly #entries = new Map<Key, Value>();

	constructor(most: number) {
		this.#most = most;
	}

	get(key: Key): Value | undefined {
		return this.#entries.get(key);
	}

	set(key: Key, value: Value): void {
		this.#entries.delete(key);
		if (this.#entries.size >= this.#most) this.#entries.delete(this.#entries.keys().next().value as Key);
		this.#entries.set(key, value);
	}

	delete(key: Key): void {
		this.#entries.delete(key);
	}
}
