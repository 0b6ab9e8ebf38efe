import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

/** What a run of the suite came to. A run that broke before its first test has `passed` 0 and `ok` false. */
export interface SuiteResult {
	readonly ok: boolean;
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

/**
 * Runs vitest in a process of its own, its output going where ours goes. `TEST_REPORT` names a file to keep the JSON
 * report in.
 *
 * @param environment on top of this process's, for example `TEST_DATABASE_URL` or `TEST_POSTGRES_BIN`.
 * @param filters as on vitest's command line; none: everything.
 */
export async function runSuite(
	environment: Readonly<Record<string, string>>,
	filters: readonly string[],
): Promise<SuiteResult> {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-suite-"));
	const report = process.env["TEST_REPORT"] || join(folder, "report.json");
	const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
	try {
		const child = spawn(
			process.execPath,
			[vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters],
			{ cwd: ROOT, stdio: "inherit", env: { ...process.env, ...environment } },
		);
		const [code] = (await once(child, "exit")) as [number | null];
		return await readReport(report, code === 0);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function readReport(file: string, exitedWell: boolean): Promise<SuiteResult> {
	const text = await readFile(file, "utf8").catch(() => "{}");
	const report = JSON.parse(text) as Partial<Record<"numPassedTests" | "numFailedTests" | "numPendingTests", number>>;
	const passed = report.numPassedTests ?? 0;
	const failed = report.numFailedTests ?? 0;
	return { ok: exitedWell && failed === 0 && passed > 0, passed, failed, skipped: report.numPendingTests ?? 0 };
}
