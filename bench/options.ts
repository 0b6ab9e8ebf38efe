import { parseArgs } from "node:util";
import { PROFILES, type Profile } from "./profiles.ts";
import { MEASURES, type Measure } from "./samples.ts";

export const USAGE = `Measures reward-outbox and its peers on one PostgreSQL, in one run.

  npm run bench -- [options]

  --quick               about four minutes: fewer contenders, one round
  --full                hours rather than minutes: 10 minutes of ageing, 10 million events on record
  --only LIST           of ${MEASURES.join(",")}
  --merge               keep what bench/results has of the other measures
  --database-url URL    a PostgreSQL to use instead of an embedded one; databases are created and dropped there (or DATABASE_URL)
  --results DIRECTORY   where to write; default bench/results, or bench/results/partial for --quick and --only
  --report              measure nothing, write the report again from results.json`;

export interface Options {
	readonly profile: Profile;
	readonly only: readonly Measure[];
	readonly merge: boolean;
	readonly reportOnly: boolean;
	/** Null: an embedded one. */
	readonly databaseUrl: string | null;
	readonly results: string;
	/** The results are those that docs/performance.md tells of. */
	readonly published: boolean;
	readonly help: boolean;
}

export function readOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): Options {
	const { values } = parseArgs({
		args: [...argv],
		options: {
			quick: { type: "boolean", default: false },
			full: { type: "boolean", default: false },
			only: { type: "string" },
			merge: { type: "boolean", default: false },
			report: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
			"database-url": { type: "string" },
			results: { type: "string" },
		},
	});
	const profile = PROFILES[values.full ? "full" : values.quick ? "quick" : "default"];
	const only = values.only === undefined ? MEASURES : values.only.split(",").flatMap(measuresNamed);
	const complete = values.merge || values.report || (values.only === undefined && !values.quick);
	return {
		profile,
		only,
		merge: values.merge,
		reportOnly: values.report,
		databaseUrl: values["database-url"] ?? environment["DATABASE_URL"] ?? null,
		results: values.results ?? new URL(complete ? "results" : "results/partial", import.meta.url).pathname,
		published: complete && values.results === undefined,
		help: values.help,
	};
}

/** What the application pays is three measurements that belong together. */
function measuresNamed(name: string): Measure[] {
	const measure = MEASURES.find((candidate) => candidate === name.trim());
	if (measure === undefined) throw new Error(`--only: "${name}" is none of ${MEASURES.join(", ")}`);
	return measure === "writers" ? ["writers", "trickle", "trouble"] : [measure];
}
