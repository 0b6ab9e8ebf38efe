import { count, table } from "./numbers.ts";
import type { Recorded } from "./recorded.ts";

/** What other machinery has recorded, or that it has not. */
export function othersSection({ simulation, mutants }: Recorded): string {
	return `## What else was tried

**Simulation.** The relay's real core on a simulated clock, network, database and Reward, from a seed:
\`npm run simulate\`. Ten million seeds are the aim; what has been run once and recorded is this. ${simulation === null ? "Nothing is recorded yet." : `\n\n${facts(simulation)}`}

**Planted bugs.** The tests are tested: \`npm run mutants\` breaks the code in known ways and expects a test to notice.
${mutants === null ? "Nothing is recorded yet." : mutantsSentence(mutants as Mutants)}`;
}

interface Mutants {
	readonly planted?: readonly { readonly caught_by: unknown }[];
	readonly generated?: { readonly caught: number; readonly survived: number; readonly score: number } | null;
	readonly simulated?: {
		readonly seeds: number;
		readonly mutants: readonly { readonly name: string; readonly found_by: string | null }[];
	} | null;
}

function mutantsSentence({ planted = [], generated, simulated }: Mutants): string {
	const caught = planted.filter(({ caught_by }) => caught_by !== null).length;
	const own = `Of ${planted.length} planted by hand, ${caught} were caught.${simulated ? simulatedSentence(simulated) : ""}`;
	if (!generated) return own;
	return `${own} Of ${count(generated.caught + generated.survived)} made by a tool, ${count(generated.caught)} were (${generated.score} %).`;
}

/** Not every bug violates an invariant: some cost time, or say too much. */
function simulatedSentence({ seeds, mutants }: NonNullable<Mutants["simulated"]>): string {
	const missed = mutants.filter(({ found_by }) => found_by === null).map(({ name }) => name);
	const found = mutants.length - missed.length;
	const names = missed.length === 0 ? "" : ` Not: ${missed.join(", ")}.`;
	return ` ${mutants.length} of them are in what the simulation runs, which found ${found} in ${count(seeds)} seeds each.${names}`;
}

/** The plain facts of a record, as it names them. */
function facts(recorded: unknown): string {
	const plain = Object.entries(recorded as object).filter(([, value]) => /string|number|boolean/.test(typeof value));
	return table(
		["recorded", ""],
		plain.map(([name, value]) => [name.replaceAll("_", " "), typeof value === "number" ? count(value) : String(value)]),
	);
}
