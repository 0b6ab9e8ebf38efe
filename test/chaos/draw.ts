import { Chance } from "./chance.ts";
import { FAULTS } from "./faults/all.ts";
import type { Fault } from "./faults/fault.ts";

/** What happens next: one fault, or two at once, after a while. */
export interface Drawn {
	readonly afterMs: number;
	readonly faults: readonly { readonly fault: Fault; readonly seed: number }[];
}

const COINCIDE = 0.2;

/** The same seed draws the same faults in the same order, on every machine. Without end. */
export function* draw(seed: number, from: readonly Fault[] = FAULTS): Generator<Drawn, never> {
	const chance = new Chance(seed);
	const coinciding = from.filter(({ mayCoincide }) => mayCoincide);
	for (;;) {
		const afterMs = chance.between(100, 900);
		const first = chance.weighted(from);
		const second = chance.happens(COINCIDE) && coinciding.length > 0 ? chance.weighted(coinciding) : null;
		const faults = second === null || second === first || !first.mayCoincide ? [first] : [first, second];
		yield { afterMs, faults: faults.map((fault) => ({ fault, seed: chance.below(2 ** 31) })) };
	}
}
