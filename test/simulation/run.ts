/**
 * `npm run simulate -- [--seeds 1000] [--seed 1] [--trace] [--json] [--threads N] [--keep NAME] [--record]`: runs the
 * relay's real core through stories made of seeds, on a simulated clock, network, database and Reward. `--seed` alone
 * runs that one. Exits 1 when an invariant was violated, and draws the smallest story that violates it; `--keep` makes
 * it a regression. `--record` keeps what came of a whole run in results.json, for docs/reliability.md.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type BatchReport, NOTHING_RUN, together } from "./batch.ts";
import { drawDiagram, essential } from "./diagram.ts";
import { makeStory } from "./make-story.ts";
import { keepStory } from "./regressions.ts";
import { shrink } from "./shrink.ts";
import { type Report, simulate } from "./simulate.ts";
import type { Story } from "./story.ts";
import type { Done, Range } from "./worker.ts";

const PROGRESS_MS = 5_000;
const SEEDS_AT_ONCE = 50;
/** With so many that failed, more of them say nothing new. */
const ENOUGH_FAILURES = 10;
const RESULTS = new URL("./results.json", import.meta.url);
const HOUR_MS = 3_600_000;

const { values } = parseArgs({
	options: {
		seeds: { type: "string" },
		seed: { type: "string" },
		trace: { type: "boolean", default: false },
		json: { type: "boolean", default: false },
		threads: { type: "string", default: String(availableParallelism()) },
		keep: { type: "string" },
		record: { type: "boolean", default: false },
	},
});
const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 1_000 : 1));
const threads = Number(values.threads);
if (![first, count, threads].every((number) => Number.isSafeInteger(number) && number > 0)) {
	console.error("--seed, --seeds and --threads take whole numbers above 0");
	process.exit(2);
}
let isInterrupted = false;
process.once("SIGINT", () => {
	isInterrupted = true;
});
process.exitCode = await (count === 1 ? runOne(first) : runMany());

async function runOne(seed: number): Promise<number> {
	const report = await simulate(makeStory(seed), { keepsLines: true });
	if (values.json) console.log(JSON.stringify(report));
	else {
		if (values.trace) console.log(drawDiagram(report.lines));
		console.log(`seed ${seed}: ${report.steps} steps, ${seconds(report.simulatedMs)} simulated, hash ${report.hash}`);
		console.log(report.violation === null ? "all invariants hold" : `VIOLATION ${sentence(report)}`);
	}
	if (report.violation !== null) await explain(seed, report.violation.invariant);
	return report.violation === null ? 0 : 1;
}

async function runMany(): Promise<number> {
	const begunAt = performance.now();
	const { report, elapsedMs } = await runThreads(begunAt);
	const perSecond = Math.round(report.seeds / (elapsedMs / 1_000));
	const { hash, failures, ...figures } = report;
	const summary = {
		...figures,
		hash: hash.toString(16).padStart(16, "0"),
		elapsedMs: Math.round(elapsedMs),
		perSecond,
	};
	if (values.json) console.log(JSON.stringify({ ...summary, failures, interrupted: isInterrupted }));
	else {
		if (isInterrupted) console.log("interrupted");
		for (const [what, value] of Object.entries(summary)) console.log(`${what.padEnd(14)} ${value}`);
		for (const { seed, violation } of failures.slice(0, ENOUGH_FAILURES))
			console.log(`seed ${seed}: ${violation.invariant}: ${violation.finding}`);
		console.log(failures.length === 0 ? "all invariants hold" : `${failures.length} seeds failed`);
	}
	if (values.record && report.seeds === count) record(report, perSecond);
	const worst = failures[0];
	if (worst !== undefined && !isInterrupted) await explain(worst.seed, worst.violation.invariant);
	return failures.length === 0 ? 0 : 1;
}

function record(
	{ seeds, simulatedMs, events, requests, doubled, failures }: BatchReport,
	seeds_a_second: number,
): void {
	const recorded = {
		seeds: `${first} to ${first + seeds - 1}`,
		seeds_a_second,
		hours_simulated: Math.round(simulatedMs / HOUR_MS),
		events,
		requests,
		duplicates_explained: doubled,
		seeds_that_violated_an_invariant: failures.length,
	};
	writeFileSync(RESULTS, `${JSON.stringify(recorded, null, 2)}\n`);
}

async function runThreads(begunAt: number): Promise<{ readonly report: BatchReport; readonly elapsedMs: number }> {
	let report = NOTHING_RUN;
	let next = first;
	const take = (): Range | null => {
		const left = first + count - next;
		if (left <= 0 || isInterrupted || report.failures.length >= ENOUGH_FAILURES) return null;
		const range = { from: next, count: Math.min(SEEDS_AT_ONCE, left) };
		next += range.count;
		return range;
	};
	const progress = setInterval(() => {
		const perSecond = Math.round(report.seeds / ((performance.now() - begunAt) / 1_000));
		console.error(`${report.seeds} of ${count} seeds, ${perSecond} a second, ${report.failures.length} failed`);
	}, PROGRESS_MS);
	const workers = Array.from({ length: Math.min(threads, Math.ceil(count / SEEDS_AT_ONCE)) }, () =>
		work(take, (done) => {
			report = together(report, done.report);
		}),
	);
	await Promise.all(workers).finally(() => clearInterval(progress));
	return { report, elapsedMs: performance.now() - begunAt };
}

/** One thread, until there is nothing left to take. */
function work(take: () => Range | null, onDone: (done: Done) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		const worker = new Worker(new URL("./worker.ts", import.meta.url));
		const goOn = () => {
			const range = take();
			if (range === null) void worker.terminate().then(() => resolve());
			else worker.postMessage(range);
		};
		worker.on("message", (done: Done) => {
			onDone(done);
			goOn();
		});
		// What nobody caught ends the thread, and is a finding as well.
		worker.on("error", reject);
		goOn();
	});
}

/** Draws the smallest story that fails in the same way. */
async function explain(seed: number, invariant: string): Promise<void> {
	const fails = async (story: Story) => (await simulate(story)).violation?.invariant === invariant;
	const smallest = await shrink(makeStory(seed), fails);
	const report = await simulate(smallest, { keepsLines: true });
	console.error(`\nthe smallest story of seed ${seed} that fails alike:\n`);
	console.error(drawDiagram(values.trace ? report.lines : essential(report.lines)));
	console.error(`\n${sentence(report)}\n\n${JSON.stringify(smallest)}`);
	if (values.keep !== undefined) console.error(`kept as ${await keepStory(values.keep, smallest)}`);
}

function sentence({ violation }: Report): string {
	return violation === null ? "" : `${violation.invariant} at ${seconds(violation.at)}: ${violation.finding}`;
}

function seconds(ms: number): string {
	return `${(ms / 1_000).toFixed(3)} s`;
}
