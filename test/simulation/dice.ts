import { seededRandom } from "../../src/sandbox/chance.ts";

/** Everything that is left to chance in a story, from one seed: the same on every machine. */
export class Dice {
	/** A number in [0, 1). */
	readonly next: () => number;

	constructor(seed: number) {
		this.next = seededRandom(seed);
	}

	chance(share: number): boolean {
		return this.next() < share;
	}

	between(least: number, most: number): number {
		return least + this.next() * (most - least);
	}

	/** Both ends included. */
	whole(least: number, most: number): number {
		return least + Math.floor(this.next() * (most - least + 1));
	}

	pick<T>(list: readonly T[]): T {
		return list[Math.floor(this.next() * list.length)] as T;
	}

	/** Mostly short, now and then as long as can be: half of all are below a sixteenth of the longest. */
	often(least: number, most: number): number {
		const share = this.next();
		return least + share * share * share * share * (most - least);
	}

	/** Others with a sequence of their own: what one of them is asked does not change what the next one says. */
	apart(): Dice {
		return new Dice(Math.floor(this.next() * 2 ** 32));
	}
}
