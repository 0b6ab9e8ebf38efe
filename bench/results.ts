import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./environment/machine.ts";
import type { Sample } from "./samples.ts";

/** Everything a run found out. */
export interface Results {
	/** ISO 8601. */
	readonly measuredAt: string;
	readonly profile: string;
	/** The commit; `+`: with changes. Null: unknown. */
	readonly revision: string | null;
	readonly machine: Machine;
	readonly postgres: string;
	/** What else was running: the share of the machine's processors in use before the run began. */
	readonly loadBefore: number | null;
	readonly minutes: number;
	readonly contenders: readonly { readonly id: string; readonly name: string; readonly configuration: string }[];
	readonly notes: readonly string[];
	readonly samples: readonly Sample[];
}

const FILE = "results.json";

export function loadResults(directory: string): Results {
	return JSON.parse(readFileSync(join(directory, FILE), "utf8")) as Results;
}

/** One sample a line, so that a diff of two runs can be read. */
export function saveResults(directory: string, { samples, ...rest }: Results): void {
	const head = JSON.stringify(rest, null, "\t").replace(/\n}$/, "");
	const lines = samples.map((sample) => `\t\t${JSON.stringify(sample, rounded)}`).join(",\n");
	writeFileSync(join(directory, FILE), `${head},\n\t"samples": [\n${lines}\n\t]\n}\n`);
}

function rounded(_key: string, value: unknown): unknown {
	return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
