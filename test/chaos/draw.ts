import { Chance } from "./chance.ts";
import { FAULTS, MATRIX } from "./faults/all.ts";
import type { Fault } from "./faults/fault.ts";

/** What happens next, after a while: one fault, or several that overlap. */
export interface Drawn {
	readonly afterMs: number;
	readonly faults: readonly {
		readonly fault: Fault;
		readonly seed: number;
		/** Later than the first. */
		readonly afterMs: number;
	}[];
}

/** How likely a fault comes alone, so that its recovery can be told from that of others; */
const ALONE = 0.3;
/** and if not, how likely one of each other kind that may comes with it. */
const JOINS = 0.5;
const LATEST_MS = 1_500;
const KINDS = new Map(
	Object.entries(MATRIX).flatMap(([kind, faults]) => faults.map((fault) => [fault, kind] as const)),
);
/** Who strikes with statements needs a server that takes them. */
const ASK_POSTGRES: ReadonlySet<string | undefined> = new Set<keyof typeof MATRIX>([
	"their sessions",
	"administrators",
]);

/** The same seed draws the same faults in the same order, on every machine. Without end. */
export function* draw(seed: number, from: readonly Fault[] = FAULTS): Generator<Drawn, never> {
	const chance = new Chance(seed);
	for (;;) {
		const afterMs = chance.between(50, 400);
		const faults = together(chance, from).map((fault, n) => ({
			fault,
			seed: chance.below(2 ** 31),
			afterMs: n === 0 ? 0 : chance.between(0, LATEST_MS),
		}));
		yield { afterMs, faults };
	}
}

/** One, and what comes with it: at most one of a kind, so that none undoes what another does. */
function together(chance: Chance, from: readonly Fault[]): Fault[] {
	const drawn = [chance.weighted(from)];
	if (chance.happens(ALONE)) return drawn;
	for (const kind of Object.values(MATRIX)) {
		const fitting = kind.filter((fault) => from.includes(fault) && drawn.every((other) => mayCoincide(fault, other)));
		if (fitting.length > 0 && chance.happens(JOINS)) drawn.push(chance.weighted(fitting));
	}
	return drawn;
}

export function mayCoincide(one: Fault, other: Fault): boolean {
	const [kind, otherKind] = [KINDS.get(one), KINDS.get(other)];
	if (!one.mayCoincide || !other.mayCoincide || kind === otherKind) return false;
	return !(one.hitsWriters && ASK_POSTGRES.has(otherKind)) && !(other.hitsWriters && ASK_POSTGRES.has(kind));
}
