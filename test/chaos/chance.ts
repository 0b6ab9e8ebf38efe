import { seededRandom } from "../../src/sandbox/chance.ts";

/** What a seed decides: the same questions in the same order get the same answers. */
export class Chance {
	readonly #random: () => number;

	constructor(seed: number) {
		this.#random = seededRandom(seed);
	}

	/** At least `least`, less than `most`. */
	between(least: number, most: number): number {
		return least + this.#random() * (most - least);
	}

	/** A whole number from 0 up to, not with, `count`. */
	below(count: number): number {
		return Math.floor(this.#random() * count);
	}

	happens(probability: number): boolean {
		return this.#random() < probability;
	}

	one<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}

	/** As likely as its weight. */
	weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
		let left = this.#random() * list.reduce((sum, { weight }) => sum + weight, 0);
		for (const one of list) {
			left -= one.weight;
			if (left < 0) return one;
		}
		return list.at(-1) as T;
	}
}
