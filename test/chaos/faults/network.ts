import { type Direction, TROUBLES, type Trouble } from "../../support/bad-connection.ts";
import type { BadLine } from "../../support/bad-line.ts";
import type { Chance } from "../chance.ts";
import type { Stage } from "../stage.ts";
import type { Fault } from "./fault.ts";

const NAMES: Readonly<Record<Trouble, string>> = {
	closed: "connections are closed",
	reset: "connections are reset",
	swallowed: "everything is swallowed, both ways",
	"swallowed one way": "everything is swallowed, one way",
	dripping: "a byte a millisecond goes through",
	"held up": "everything is held up",
};
/** Longer than a statement of a relay may take, at times. */
const LONGEST_MS = 9_000;

export const NETWORK_FAULTS: readonly Fault[] = TROUBLES.flatMap((trouble) => [
	fault(`network to PostgreSQL: ${NAMES[trouble]}`, trouble, (stage, chance) => {
		// One relay's, or everybody's.
		const one = stage.lines[chance.below(stage.lines.length)] as BadLine;
		return chance.happens(0.5) ? [one] : stage.lines;
	}),
	fault(`network to Reward: ${NAMES[trouble]}`, trouble, (stage) => [stage.rewardLine]),
]);

function fault(name: string, trouble: Trouble, linesOf: (stage: Stage, chance: Chance) => readonly BadLine[]): Fault {
	return {
		name,
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const direction: Direction = chance.happens(0.5) ? "to the server" : "to the client";
			// Mostly short.
			const ms = 200 + (LONGEST_MS - 200) * chance.between(0, 1) ** 3;
			const lines = linesOf(stage, chance);
			for (const line of lines) line.strike(trouble, direction);
			if (trouble !== "closed" && trouble !== "reset") await stage.wait(ms);
			for (const line of lines) line.heal();
			return undefined;
		},
	};
}
