/**
 * `npm run mutants:simulated [-- --only NAME]… [--seeds 2000] [--seconds 300]`: plants the known bugs of what the
 * simulation runs, one at a time, in a copy of the project, and says which of them some seeds find. What they do not
 * find within the time, a test does: `npm run mutants`. What came of it is kept in results.json.
 */
import { execFile } from "node:child_process";
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import { MUTANTS } from "../planted/index.ts";
import { ProjectCopy } from "../project-copy.ts";
import { type Simulated, writeSimulated } from "../results.ts";

/** What runs there as it is; everything else of it is a model. */
const SIMULATED = /^src\/(?:relay\/|event\/|timing\/|reward\/(?:classify|credentials|retry-after))/;
const MOST_OUTPUT = 1 << 26;

const { values } = parseArgs({
	options: {
		only: { type: "string", multiple: true },
		seeds: { type: "string", default: "2000" },
		seconds: { type: "string", default: "300" },
	},
});

setPriority(10);
const chosen = MUTANTS.filter(({ name, file }) => SIMULATED.test(file) && (values.only?.includes(name) ?? true));
await using copy = await ProjectCopy.make();
const results: Simulated[] = [];
for (const mutant of chosen) {
	await using _ = await copy.plant(mutant);
	const found_by = await findIn(copy.root);
	console.log(`${mutant.invariant.padEnd(3)} ${mutant.name}: ${found_by ?? "NOT FOUND"}`);
	results.push({ name: mutant.name, found_by });
}
if (values.only === undefined) await writeSimulated({ seeds: Number(values.seeds), mutants: results });
const found = results.filter(({ found_by }) => found_by !== null).length;
console.log(`${found} of ${results.length} found in ${values.seeds} seeds each`);

/** The first violation, with its invariant; null: none. */
async function findIn(root: string): Promise<string | null> {
	const command = ["test/simulation/run.ts", "--seeds", values.seeds, "--threads", "1", "--json"];
	return await new Promise((resolve) => {
		const options = { cwd: root, maxBuffer: MOST_OUTPUT, timeout: Number(values.seconds) * 1_000 };
		let said = "";
		const child = execFile(process.execPath, command, options, (error) => {
			const isOutOfTime = error?.killed === true && !said.includes("\n");
			if (error === null || isOutOfTime) resolve(null);
			else resolve(firstViolation(said) ?? `it ends with an error: ${error.message.slice(-300)}`);
		});
		// The smallest story is not needed, only that there is one.
		child.stdout?.on("data", (text: string) => {
			said += text;
			if (said.includes("\n")) child.kill();
		});
	});
}

function firstViolation(stdout: string): string | null {
	if (!stdout.startsWith("{")) return null;
	const { failures } = JSON.parse(stdout) as {
		failures: { seed: number; violation: { invariant: string; finding: string } }[];
	};
	const [first] = failures;
	return first === undefined ? null : `seed ${first.seed}: ${first.violation.invariant}`;
}
