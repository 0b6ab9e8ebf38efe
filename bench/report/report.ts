import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../results.ts";
import type { Measure } from "../samples.ts";
import type { Goal } from "./goal.ts";
import { judge } from "./goals.ts";
import { isolationTable } from "./isolation.ts";
import { writePlots } from "./plots.ts";
import {
	ageingTable,
	consoleTable,
	costTable,
	drainTable,
	idleTable,
	latencyTable,
	markdown,
	recordTable,
	scaleTable,
	trickleTable,
	troubleTable,
	watchTable,
	writersTable,
} from "./tables.ts";
import { watchBulkTable } from "./watch-goals.ts";

const DOCUMENT = new URL("../../docs/performance.md", import.meta.url);

/** Writes summary.md, goals.json and the plots; returns the goals for the terminal. */
export async function writeReport(directory: string, results: Results): Promise<string> {
	const goals = judge(results.samples);
	writeFileSync(join(directory, "goals.json"), `${JSON.stringify(goals, null, "\t")}\n`);
	writeFileSync(join(directory, "summary.md"), summary(results, goals));
	await writePlots(directory, results.samples);
	return goals
		.map(({ id, value, goal, met }) => `${id.padEnd(4)} ${verdict(met).padEnd(13)} ${value}   (goal ${goal})`)
		.join("\n");
}

function summary(results: Results, goals: readonly Goal[]): string {
	const { machine, samples, contenders } = results;
	const section = (measure: Measure, title: string, ...tables: (() => string)[]) =>
		samples.some((sample) => sample.measure === measure) ? [`## ${title}`, ...tables.map((table) => table())] : [];
	return `${[
		"# Results of the newest run",
		`Written by \`npm run bench\`; edits are lost. ${results.measuredAt.slice(0, 16).replace("T", " ")} UTC, profile ${results.profile}, ${results.minutes} minutes, revision ${results.revision ?? "not committed yet"}.`,
		[
			`* ${machine.processors}, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; a write with fdatasync takes ${machine.fdatasyncMs.toFixed(2)} ms`,
			`* ${results.postgres}`,
			`* ${Math.round((results.loadBefore ?? 0) * 100)} % of the machine was in use before the run began`,
		].join("\n"),
		"Figures are medians over the rounds; ratios are taken within a round, in parentheses the least and the most.",
		"## Goals",
		goalsTable(goals),
		...section(
			"drain",
			"Drain",
			() => drainTable(samples),
			() => costTable(samples),
		),
		...section("latency", "Latency", () => latencyTable(samples)),
		...section("idle", "One event at a time", () => idleTable(samples)),
		...section("writers", "What the application keeps", () => writersTable(samples)),
		...section("trickle", "From a trickle to a burst and back", () => trickleTable(samples)),
		...section("trouble", "When something happens to the relay", () => troubleTable(samples)),
		...section("scale", "Several relays", () => scaleTable(samples)),
		...section("ageing", "Ageing", () => ageingTable(samples)),
		...section("record", "Much on record, much pending", () => recordTable(samples)),
		...section(
			"watch",
			"Watches",
			() => watchTable(samples),
			() => watchBulkTable(samples),
		),
		...section("console", "Searches and delivery", () => consoleTable(samples)),
		...section("isolation", "Trouble of others, and delivery", () => isolationTable(samples)),
		"## Contenders",
		contenders.map(({ name, configuration }) => `* **${name}**: ${configuration}`).join("\n"),
		...(results.notes.length === 0 ? [] : ["## Notes", results.notes.map((note) => `* ${note}`).join("\n")]),
	].join("\n\n")}\n`;
}

/** The newest run, where docs/performance.md shows it: the goals, and what is measured there and nowhere else. */
export function updateDocument(results: Results): void {
	if (!existsSync(DOCUMENT)) return;
	const about = `Measured ${results.measuredAt.slice(0, 10)}, profile ${results.profile}, revision ${results.revision ?? "not committed yet"}, on ${results.machine.processors}, ${results.machine.memoryGiB} GiB; ${Math.round((results.loadBefore ?? 0) * 100)} % of the machine was in use by others when the run began.`;
	const text = readFileSync(DOCUMENT, "utf8");
	const withGoals = filled(text, "goals", `${about}\n\n${goalsTable(judge(results.samples))}`);
	const sections = [
		["console", consoleTable],
		["isolation", isolationTable],
	] as const;
	const measured = sections.filter(([name]) => results.samples.some(({ measure }) => measure === name));
	const filledIn = measured.reduce(
		(document, [name, table]) => filled(document, name, `${about}\n\n${table(results.samples)}`),
		withGoals,
	);
	writeFileSync(DOCUMENT, filledIn);
}

/** The text between `<!-- bench: name -->` and the next `<!-- bench: end -->` is ours. */
function filled(text: string, name: string, content: string): string {
	const marked = new RegExp(`(<!-- bench: ${name} -->\\n)[\\s\\S]*?(\\n<!-- bench: end -->)`);
	return text.replace(marked, (_all, begin: string, end: string) => `${begin}${content}${end}`);
}

function goalsTable(goals: readonly Goal[]): string {
	return markdown(
		["#", "measure", "goal", "value", ""],
		goals.map(({ id, measure, goal, value, met }) => [id, measure, goal, value, verdict(met)]),
	);
}

function verdict(met: boolean | null): string {
	return met === null ? "not measured" : met ? "met" : "NOT MET";
}
