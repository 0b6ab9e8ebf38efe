import { personSeconds, type Walk } from "./walks.ts";

export interface Measured {
	readonly walk: Walk;
	/** What pages and relay took, once. */
	readonly machineMs: number;
}

/** The walks as docs/console.md tells them. */
export function inWords(measured: readonly Measured[]): string {
	const rows = measured.map(
		({ walk, machineMs }) =>
			`| ${walk.name} | ${handsOf(walk)} | ${personSeconds(walk).toFixed(0)} s | ${(machineMs / 1000).toFixed(1)} s |`,
	);
	const table = ["| | by hand | a person | the machine |", "|---|---|---|---|", ...rows].join("\n");
	return [table, ...measured.map(({ walk }) => stepsOf(walk))].join("\n\n");
}

/** What is done and seen, step by step. */
export function stepsOf({ name, knows, steps, picture }: Walk): string {
	const lines = steps.map(({ does, sees }, index) => `${index + 1}. ${does}: ${sees}.`);
	return [
		`**${name}** Known: ${knows}.`,
		"",
		...lines,
		"",
		`   [![Where it ends](images/${picture}.png)](images/${picture}.png)`,
	].join("\n");
}

function handsOf({ steps }: Walk): string {
	const keys = steps.reduce((sum, step) => sum + (step.keys ?? 0), 0);
	const clicks = steps.reduce((sum, step) => sum + (step.clicks ?? 0), 0);
	const told = [
		...(keys === 0 ? [] : [`${keys} keys`]),
		...(clicks === 0 ? [] : [clicks === 1 ? "1 click" : `${clicks} clicks`]),
	];
	return told.length === 0 ? "nothing" : told.join(", ");
}
