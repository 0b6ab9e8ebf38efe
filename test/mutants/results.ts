import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Invariant, Mutant } from "./mutant.ts";

const FILE = join(import.meta.dirname, "results.json");

/** What became of a planted bug. */
export interface Result {
	readonly name: string;
	readonly invariant: Invariant;
	readonly breaks: string;
	/** The test file, from `test/`, and the test in it that failed first; null: it survived. */
	readonly caught_by: { readonly file: string; readonly test: string } | null;
	readonly seconds: number;
}

/** Mutants that a tool made of every expression of some files. */
export interface GeneratedScore {
	readonly tool: string;
	readonly files: readonly string[];
	readonly caught: number;
	readonly survived: number;
	/** In percent, of those that ran. */
	readonly score: number;
}

/** Planted bugs of what the simulation runs, and whether it finds them. */
export interface Simulated {
	readonly name: string;
	/** The first seed, and the invariant that it violates; null: none of them. */
	readonly found_by: string | null;
}

/** @param seeds that each was given */
interface SimulatedResults {
	readonly seeds: number;
	readonly mutants: readonly Simulated[];
}

interface Results {
	readonly planted: readonly Result[];
	readonly generated: GeneratedScore | null;
	readonly simulated: SimulatedResults | null;
}

async function readResults(): Promise<Results> {
	try {
		return JSON.parse(await readFile(FILE, "utf8"));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		return { planted: [], generated: null, simulated: null };
	}
}

export async function writeGenerated(generated: GeneratedScore): Promise<void> {
	await write({ ...(await readResults()), generated });
}

export async function writeSimulated(simulated: SimulatedResults): Promise<void> {
	await write({ ...(await readResults()), simulated });
}

/** Keeps what is known of mutants that were not tried now. */
export async function writePlanted(all: readonly Mutant[], tried: readonly Result[]): Promise<void> {
	const { planted, ...rest } = await readResults();
	const known = new Map([...planted, ...tried].map((result) => [result.name, result]));
	await write({ planted: all.flatMap(({ name }) => known.get(name) ?? []), ...rest });
}

function write(results: Results): Promise<void> {
	return writeFile(FILE, `${JSON.stringify(results, null, "\t")}\n`);
}
