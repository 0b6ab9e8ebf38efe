/**
 * `npm run mutants:generated [-- FILE…]`: has Stryker change every expression of the pure code, or of the files that
 * are named, one at a time, in a copy of the project, and runs the tests that come by. What survives is listed; the
 * score is kept in results.json.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { ProjectCopy } from "../project-copy.ts";
import { type GeneratedScore, writeGenerated } from "../results.ts";

const CONFIGURATION = "test/mutants/generated/stryker.config.json";

interface Generated {
	readonly mutatorName: string;
	readonly replacement?: string;
	readonly status: string;
	readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

/** The part of Stryker's report that is read. */
interface Report {
	readonly files: Readonly<Record<string, { readonly mutants: readonly Generated[] }>>;
}

setPriority(10);
// Ctrl-C goes to Stryker as well: when it has ended, the copy is removed.
process.once("SIGINT", () => {});
await using copy = await ProjectCopy.make();
await stryker(copy);
const report: Report = JSON.parse(await readFile(join(copy.root, "reports/mutation/mutation.json"), "utf8"));
for (const line of survivors(report)) console.log(line);
const score = scoreOf(report);
await writeGenerated(score);
console.log(`${score.caught} caught, ${score.survived} survived: ${score.score} %`);

async function stryker({ root, temporary }: ProjectCopy): Promise<void> {
	const files = process.argv.slice(2);
	const chosen = files.length > 0 ? ["--mutate", files.join(",")] : [];
	const command = ["node_modules/@stryker-mutator/core/bin/stryker.js", "run", CONFIGURATION, ...chosen];
	const child = spawn(process.execPath, command, {
		cwd: root,
		stdio: "inherit",
		env: { ...process.env, TMPDIR: temporary },
	});
	const [code] = await once(child, "close");
	if (code !== 0) throw new Error(`Stryker ended with ${code}`);
}

function survivors({ files }: Report): string[] {
	return Object.entries(files).flatMap(([file, { mutants }]) =>
		mutants.filter(isSurvivor).map(({ location: { start }, mutatorName, replacement }) => {
			const text = replacement?.replace(/\s+/g, " ").slice(0, 120) ?? "";
			return `${file}:${start.line}:${start.column} ${mutatorName}: ${text}`;
		}),
	);
}

function isSurvivor({ status }: Generated): boolean {
	return status === "Survived" || status === "NoCoverage";
}

function scoreOf({ files }: Report): GeneratedScore {
	const all = Object.values(files).flatMap(({ mutants }) => mutants);
	const caught = all.filter(({ status }) => status === "Killed" || status === "Timeout").length;
	const survived = all.filter(isSurvivor).length;
	return {
		tool: "Stryker",
		files: Object.keys(files).toSorted(),
		caught,
		survived,
		score: Math.round((1000 * caught) / (caught + survived)) / 10,
	};
}
