import { mkdirSync } from "node:fs";
import { runMeasures } from "./measures/all.ts";
import { readOptions, USAGE } from "./options.ts";
import { Progress } from "./progress.ts";
import { updateDocument, writeReport } from "./report/report.ts";
import { loadResults, type Results, saveResults } from "./results.ts";

// An interrupted run takes its processes and files with it: what each part registered for `exit` is done.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const options = readOptions(process.argv.slice(2), process.env);
if (options.help) {
	console.log(USAGE);
} else {
	mkdirSync(options.results, { recursive: true });
	const results: Results = options.reportOnly ? loadResults(options.results) : await measured();
	saveResults(options.results, results);
	if (options.published) updateDocument(results);
	console.log(`\n${await writeReport(options.results, results)}\n\n${options.results}`);
}

async function measured(): Promise<Results> {
	const progress = new Progress();
	const fresh = await runMeasures(options, progress);
	if (!options.merge) return fresh;
	const earlier = loadResults(options.results);
	const kept = earlier.samples.filter((sample) => !options.only.includes(sample.measure));
	return { ...fresh, samples: [...kept, ...fresh.samples], notes: [...new Set([...earlier.notes, ...fresh.notes])] };
}
