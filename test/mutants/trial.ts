import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ProjectCopy } from "./project-copy.ts";

/** What the tests said. */
export type Verdict =
	| { readonly kind: "passed" }
	/** The first test that failed, and its file from `test/`. */
	| { readonly kind: "failed"; readonly file: string; readonly test: string }
	/** Nothing failed before the time was up. */
	| { readonly kind: "endless" }
	/** It did not come to a test. */
	| { readonly kind: "broken"; readonly output: string };

/** The part of Vitest's JSON report that is read. */
interface Report {
	readonly testResults: readonly {
		readonly name: string;
		readonly message: string;
		readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
	}[];
}

const MOST_OUTPUT = 4_000;
/** A run that is told to end stops its PostgreSQL first. */
const END_WITHIN_MS = 10_000;

/**
 * Runs test files in the copy until one fails.
 * @param files from `test/`
 * @param signal ends the run
 */
export async function tryTests(
	copy: ProjectCopy,
	files: readonly string[],
	seconds: number,
	signal: AbortSignal,
): Promise<Verdict> {
	const reportFile = join(copy.temporary, "report.json");
	await rm(reportFile, { force: true });
	const child = startVitest(copy, files, reportFile);
	const output = collected(child);
	const bound = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
	await endedOrAborted(child, bound);
	signal.throwIfAborted();
	if (bound.aborted) return { kind: "endless" };
	if (child.exitCode === 0) return { kind: "passed" };
	return failureIn(await readReport(reportFile), copy) ?? { kind: "broken", output: output() };
}

function startVitest(copy: ProjectCopy, files: readonly string[], reportFile: string): ChildProcess {
	const config = files.some((file) => needsServer(join(copy.root, "test", file)))
		? []
		: ["--config", "test/mutants/vitest.config.ts"];
	const options = ["--bail=1", "--retry=0", "--maxWorkers=1", "--reporter=json", `--outputFile=${reportFile}`];
	const tests = files.map((file) => `test/${file}`);
	// A group of its own: Ctrl-C goes to this process alone, which then ends the group in order.
	return spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...config, ...options, ...tests], {
		cwd: copy.root,
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, NO_COLOR: "1", TMPDIR: copy.temporary },
	});
}

/** Whether a test file has anything to do with the server that the suite starts. */
function needsServer(file: string, seen = new Set<string>()): boolean {
	if (seen.has(file) || !existsSync(file)) return false;
	seen.add(file);
	const text = sourceOf(file);
	if (/\binject\(/.test(text)) return true;
	const imported = [...text.matchAll(/from "(\.[^"]+)"/g)].map(([, path]) => join(dirname(file), path as string));
	return imported.filter((path) => path.includes("/test/")).some((path) => needsServer(path, seen));
}

function sourceOf(file: string): string {
	return readFileSync(file, "utf8");
}

function collected(child: ChildProcess): () => string {
	let text = "";
	const add = (chunk: Buffer) => {
		text = (text + chunk).slice(-MOST_OUTPUT);
	};
	child.stdout?.on("data", add);
	child.stderr?.on("data", add);
	return () => text;
}

async function endedOrAborted(child: ChildProcess, signal: AbortSignal): Promise<void> {
	const closed = once(child, "close");
	const stop = () => endGroup(child, closed);
	signal.addEventListener("abort", stop, { once: true });
	if (signal.aborted) stop();
	await closed;
	signal.removeEventListener("abort", stop);
	// What the tests started and left behind.
	signalGroup(child, "SIGKILL");
}

function endGroup(child: ChildProcess, closed: Promise<unknown>): void {
	if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
	const timer = setTimeout(() => signalGroup(child, "SIGKILL"), END_WITHIN_MS);
	void closed.then(() => clearTimeout(timer));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	try {
		if (child.pid !== undefined) process.kill(-child.pid, signal);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}

async function readReport(file: string): Promise<Report | null> {
	return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : null;
}

function failureIn(report: Report | null, copy: ProjectCopy): Verdict | null {
	for (const { name, assertionResults } of report?.testResults ?? []) {
		const failed = assertionResults.find(({ status }) => status === "failed");
		if (failed === undefined) continue;
		return { kind: "failed", file: name.slice(join(copy.root, "test").length + 1), test: failed.fullName };
	}
	return null;
}
