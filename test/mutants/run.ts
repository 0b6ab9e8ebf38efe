/**
 * `npm run mutants [-- --only NAME]… [--seconds 180] [--unproven] [--json]`: plants known bugs, one at a time, in a
 * copy of the project, and runs the tests that must find each. Exits 1 when one survives or does not run. The outcome
 * is kept in results.json. `--unproven`: does not run the tests without a bug first, where that has just been done.
 */
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./planted/index.ts";
import { ProjectCopy } from "./project-copy.ts";
import { type Result, writePlanted } from "./results.ts";
import { tryTests, type Verdict } from "./trial.ts";

const { values } = parseArgs({
	options: {
		only: { type: "string", multiple: true },
		seconds: { type: "string", default: "180" },
		unproven: { type: "boolean", default: false },
		json: { type: "boolean", default: false },
	},
});

const chosen = MUTANTS.filter(({ name }) => values.only?.includes(name) ?? true);
const unknown = values.only?.filter((name) => !MUTANTS.some((mutant) => mutant.name === name)) ?? [];
if (unknown.length > 0) {
	console.error(`no such mutant: ${unknown.join(", ")}`);
	process.exit(2);
}

// It takes its time, and others may want the machine.
setPriority(10);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
try {
	process.exitCode = await run(chosen, stopping.signal);
} catch (error) {
	if (!stopping.signal.aborted) throw error;
	console.error("stopped");
	process.exitCode = 130;
}

async function run(mutants: readonly Mutant[], signal: AbortSignal): Promise<number> {
	await using copy = await ProjectCopy.make();
	// What finds no place any more is said before anything is tried.
	for (const mutant of mutants) {
		await using _ = await copy.plant(mutant);
	}
	if (!values.unproven && !(await passUnchanged(copy, mutants, signal))) return 1;
	const results: Result[] = [];
	for (const [index, mutant] of mutants.entries()) {
		const result = await tryMutant(copy, mutant, signal);
		if (result === null) continue;
		results.push(result);
		tell(result, `${index + 1}/${mutants.length}`);
		await writePlanted(MUTANTS, [result]);
	}
	const caught = results.filter((result) => result.caught_by !== null).length;
	console.error(`${caught} of ${mutants.length} caught`);
	return caught === mutants.length ? 0 : 1;
}

/** What fails without a bug catches none. */
async function passUnchanged(copy: ProjectCopy, mutants: readonly Mutant[], signal: AbortSignal): Promise<boolean> {
	const files = [...new Set(mutants.flatMap(({ tests }) => tests))];
	console.error(`without a bug: ${files.length} test files`);
	const verdict = await tryTests(copy, files, 1_800, signal);
	if (verdict.kind === "passed") return true;
	console.error("the tests fail without a bug:", verdict);
	return false;
}

/** Null: it came to no test, so nothing is known of it. */
async function tryMutant(copy: ProjectCopy, mutant: Mutant, signal: AbortSignal): Promise<Result | null> {
	const { name, invariant, breaks } = mutant;
	const startedAt = performance.now();
	await using _ = await copy.plant(mutant);
	const verdict = await tryTests(copy, mutant.tests, Number(values.seconds), signal);
	if (verdict.kind === "broken") {
		console.error(`${name} does not run:\n${verdict.output}`);
		return null;
	}
	const seconds = Math.round((performance.now() - startedAt) / 1000);
	return { name, invariant, breaks, caught_by: catcher(verdict, mutant), seconds };
}

function catcher(verdict: Exclude<Verdict, { kind: "broken" }>, { tests }: Mutant): Result["caught_by"] {
	switch (verdict.kind) {
		case "passed":
			return null;
		case "endless":
			return { file: tests.join(", "), test: "(it never ends)" };
		case "failed":
			return { file: verdict.file, test: verdict.test };
		default:
			return verdict satisfies never;
	}
}

function tell(result: Result, progress: string): void {
	if (values.json) console.log(JSON.stringify(result));
	const { name, invariant, caught_by: by, seconds } = result;
	const what = by === null ? "SURVIVED" : `caught by ${by.file}: ${by.test}`;
	console.error(`${progress.padStart(7)} ${invariant.padEnd(3)} ${name}: ${what} (${seconds} s)`);
}
