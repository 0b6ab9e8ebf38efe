/**
 * `npm run fuzz -- [--minutes 1] [--seed N]`: tries every reader of foreign texts, the real sender and the HTTP address
 * with hostile input, each under a bound of time and memory. Exits 1 on the first finding of each kind; Ctrl-C ends it
 * early.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Kind, Report, Work } from "./work.ts";

const MOST_HEAP_MB = 384;
const MOST_RSS_BYTES = 1_500_000_000;
/** A thread that has said nothing for so long hangs. Generous: the machine may be busy with something else. */
const SILENCE_MS = 120_000;
const PROGRESS_MS = 30_000;
const MOST_FINDINGS = 20;

const { values } = parseArgs({
	options: {
		minutes: { type: "string", default: "1" },
		seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
	},
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
	console.error("--minutes takes a number above 0, --seed a whole number");
	process.exit(2);
}

const cases = new Map<string, number>();
const findings = new Map<string, string>();
const begun = performance.now();
let mostRss = 0;
let stop: (reason: string) => void = () => {};
const stopped = new Promise<string>((resolve) => {
	stop = resolve;
});

console.log(`seed ${seed}, ${minutes} min, Node ${process.version}`);
process.once("SIGINT", () => stop("interrupted")).once("SIGTERM", () => stop("interrupted"));
const timers = [
	setTimeout(() => stop("time is up"), minutes * 60_000),
	setInterval(watchMemory, 500),
	setInterval(printProgress, PROGRESS_MS),
];
const threads = (["readers", "network"] as const).map((kind) => begin(kind));
const reason = await stopped;
for (const timer of timers) clearTimeout(timer);
await Promise.all(threads.map((end) => end()));
printSummary(reason);
process.exit(findings.size === 0 ? 0 : 1);

function begin(kind: Kind): () => Promise<void> {
	const worker = new Worker(new URL("./work.ts", import.meta.url), {
		workerData: { kind, seed } satisfies Work,
		resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
	});
	let at = `${kind}, before anything`;
	const hang = () => find(at, `nothing heard for ${SILENCE_MS / 1000} s`);
	let silence = setTimeout(hang, SILENCE_MS);
	worker.on("message", (report: Report) => {
		clearTimeout(silence);
		silence = setTimeout(hang, SILENCE_MS);
		if ("at" in report) at = `${report.at} (seed ${report.seed})`;
		else if ("done" in report) cases.set(report.done, (cases.get(report.done) ?? 0) + report.cases);
		else find(`${report.finding} (seed ${report.seed})`, report.problem, report.finding);
	});
	// Memory beyond its limit ends a thread with an error, as does what nobody caught.
	worker.on("error", (error) => {
		find(at, String(error), kind);
		stop("a thread has failed");
	});
	const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
	return async () => {
		worker.postMessage("stop");
		const killing = setTimeout(() => void worker.terminate(), SILENCE_MS);
		await exited;
		clearTimeout(killing);
		clearTimeout(silence);
	};
}

/** The first of each kind is told; the others would only say the same. */
function find(where: string, problem: string, kind = where): void {
	if (findings.has(kind)) return;
	findings.set(kind, problem);
	console.log(`FOUND in ${where}: ${problem}`);
	if (findings.size >= MOST_FINDINGS) stop("too much was found");
}

function watchMemory(): void {
	const rss = process.memoryUsage.rss();
	mostRss = Math.max(mostRss, rss);
	if (rss > MOST_RSS_BYTES) {
		find("the process", `holds ${Math.round(rss / 1e6)} MB`);
		stop("too much memory");
	}
}

function total(): number {
	return [...cases.values()].reduce((sum, count) => sum + count, 0);
}

function printProgress(): void {
	const seconds = Math.round((performance.now() - begun) / 1000);
	console.log(`${seconds} s: ${total()} cases, ${findings.size} findings, ${Math.round(mostRss / 1e6)} MB at most`);
}

function printSummary(reason: string): void {
	console.log(`${reason}; what was tried:`);
	for (const [name, count] of cases) console.log(`${String(count).padStart(10)}  ${name}`);
	printProgress();
}
