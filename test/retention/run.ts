/**
 * `npm run measure:retention -- year [--days 365] [--events-per-day 4000] [--kept-days 30] [--graph FILE]`: how large
 * everything is over a year; `felt [--old 1000000] [--rate 100] [--seconds 90]`: what writers and delivery feel while
 * old events go.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureFelt } from "./felt.ts";
import { yearGraph } from "./graph.ts";
import { simulateYear } from "./year.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		days: { type: "string", default: "365" },
		"events-per-day": { type: "string", default: "4000" },
		"kept-days": { type: "string", default: "30" },
		graph: { type: "string" },
		old: { type: "string", default: "1000000" },
		rate: { type: "string", default: "100" },
		seconds: { type: "string", default: "90" },
	},
});
if (positionals[0] === "felt") await felt();
else await year();

async function year(): Promise<void> {
	const eventsPerDay = Number(values["events-per-day"]);
	const keptDays = Number(values["kept-days"]);
	const samples = await simulateYear({
		days: Number(values.days),
		eventsPerDay,
		keptDays,
		onSample: (sample) => console.log(JSON.stringify(sample)),
	});
	const gone = samples.at(-1)?.gone ?? 0;
	const title = `${eventsPerDay} events a day, kept ${keptDays} days; ${gone.toLocaleString("en")} rows went`;
	if (values.graph !== undefined) await writeFile(values.graph, yearGraph(samples, title));
}

async function felt(): Promise<void> {
	const options = { old: Number(values.old), eventsPerSecond: Number(values.rate), seconds: Number(values.seconds) };
	console.table(await measureFelt(options));
}
