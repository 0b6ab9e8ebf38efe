/**
 * `node test/models/run.ts`: makes lease-traces.txt anew, after a change of models/lease.pml. Of 1,500 runs of the
 * model it keeps few, in which there is every transition that any of them took. Needs Spin.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runsIn, transitionsIn } from "./runs.ts";

const RUNS = 1_500;

const text = execFileSync(join(import.meta.dirname, "../../models/traces.sh"), ["1", String(RUNS)], {
	encoding: "utf8",
	maxBuffer: 64 << 20,
});
const runs = runsIn(text).map((lines) => ({ lines, transitions: transitionsIn(lines) }));
const missing = new Set(runs.flatMap(({ transitions }) => [...transitions]));
const kept: string[] = [];
while (missing.size > 0) {
	const most = runs.reduce((best, run) => (newIn(run) > newIn(best) ? run : best));
	for (const transition of most.transitions) missing.delete(transition);
	kept.push(most.lines.join("\n"));
}
writeFileSync(join(import.meta.dirname, "lease-traces.txt"), `${kept.join("\n")}\n`);
console.log(`${kept.length} of ${runs.length} runs kept`);

function newIn({ transitions }: (typeof runs)[number]): number {
	return [...transitions].filter((transition) => missing.has(transition)).length;
}
