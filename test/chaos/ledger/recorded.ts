import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OffsetsResult } from "../offsets/tally.ts";
import type { CampaignResult } from "../reckoning.ts";

const RESULTS = join(import.meta.dirname, "..", "results");
const TESTS = join(import.meta.dirname, "..", "..");

export type RecordedOffsets = OffsetsResult & { readonly postgres: string };

/** What the ledger is made of. What others record is there when they have recorded something. */
export interface Recorded {
	readonly campaigns: readonly CampaignResult[];
	readonly offsets: readonly RecordedOffsets[];
	readonly simulation: unknown;
	readonly mutants: unknown;
}

export function readRecorded(): Recorded {
	return {
		campaigns: readAll<CampaignResult>(/^campaign-/),
		offsets: readAll<RecordedOffsets>(/^offsets-/),
		simulation: readIfThere(join(TESTS, "simulation/results.json")),
		mutants: readIfThere(join(TESTS, "mutants/results.json")),
	};
}

/** A campaign replaces the one of the same major and seed; the small runs, those of the same major. */
export function record(result: CampaignResult | RecordedOffsets): string {
	const major = `postgres-${Number.parseInt(result.postgres, 10)}`;
	const file = "seed" in result ? `campaign-${major}-seed-${result.seed}.json` : `offsets-${major}.json`;
	writeFileSync(join(RESULTS, file), `${JSON.stringify(result, null, "\t")}\n`);
	return file;
}

/** The newest PostgreSQL first. */
function readAll<T extends { readonly postgres: string }>(name: RegExp): T[] {
	return readdirSync(RESULTS)
		.filter((file) => name.test(file))
		.map((file) => JSON.parse(readFileSync(join(RESULTS, file), "utf8")) as T)
		.sort((a, b) => Number.parseFloat(b.postgres) - Number.parseFloat(a.postgres));
}

function readIfThere(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		return null;
	}
}
