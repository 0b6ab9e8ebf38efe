/**
 * `npm run test:matrix [-- --only 14,16] [filter …]`: the suite on every supported major of PostgreSQL, one after the
 * other, with binaries from this folder's own package.json. Ends with a table; exits 1 if any major failed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { binaryDirectory, POSTGRES_MAJORS, type PostgresMajor } from "../support/postgres-binaries.ts";
import { runSuite, type SuiteResult } from "../support/run-suite.ts";

const HERE = import.meta.dirname;

const { values, positionals } = parseArgs({
	options: { only: { type: "string" } },
	allowPositionals: true,
});

const results = new Map<PostgresMajor, SuiteResult>();
const majors = selectedMajors(values.only);
await installBinaries();
for (const major of majors) {
	console.log(`\nPostgreSQL ${major}\n`);
	results.set(major, await runSuite({ TEST_POSTGRES_BIN: await binaryDirectory(major) }, positionals));
}
console.log(table(results));
process.exitCode = [...results.values()].every((result) => result.ok) ? 0 : 1;

function selectedMajors(only: string | undefined): readonly PostgresMajor[] {
	if (only === undefined) return POSTGRES_MAJORS;
	const wanted = only.split(",").map(Number);
	const unknown = wanted.filter((major) => !POSTGRES_MAJORS.some((known) => known === major));
	if (unknown.length > 0) {
		console.error(`--only takes majors out of ${POSTGRES_MAJORS.join(", ")}, separated by commas; got ${only}`);
		process.exit(2);
	}
	return POSTGRES_MAJORS.filter((major) => wanted.includes(major));
}

/** Only when what is installed is not what the lock asks for: it is some 300 MB. */
async function installBinaries(): Promise<void> {
	if (await isInstalled()) return;
	console.log("installing the PostgreSQL binaries of the matrix");
	const child = spawn("npm", ["ci", "--no-audit", "--no-fund"], {
		cwd: HERE,
		stdio: "inherit",
		shell: process.platform === "win32",
	});
	const [code] = (await once(child, "exit")) as [number | null];
	if (code !== 0) throw new Error(`npm ci in ${HERE} failed`);
}

async function isInstalled(): Promise<boolean> {
	const lock = await packagesOf("package-lock.json");
	const installed = await packagesOf("node_modules/.package-lock.json");
	for (const major of POSTGRES_MAJORS) {
		const directory = await binaryDirectory(major).catch(() => undefined);
		if (directory === undefined) return false;
		await access(join(directory, "postgres"));
	}
	return Object.entries(installed).every(([path, { version }]) => lock[path]?.version === version);
}

async function packagesOf(file: string): Promise<Record<string, { readonly version?: string }>> {
	const text = await readFile(join(HERE, file), "utf8").catch(() => "{}");
	return (JSON.parse(text) as { packages?: Record<string, { readonly version?: string }> }).packages ?? {};
}

function table(rows: ReadonlyMap<PostgresMajor, SuiteResult>): string {
	const lines = [...rows].map(([major, { ok, passed, failed, skipped }]) => {
		const counts = [passed, failed, skipped].map((count) => String(count).padStart(7)).join(" ");
		return `${String(major).padStart(10)} ${counts}  ${ok ? "ok" : "FAILED"}`;
	});
	return ["", "PostgreSQL  passed  failed skipped", ...lines, ""].join("\n");
}
