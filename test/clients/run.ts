/**
 * `npm run test:clients [-- filter …]`: `emit` in the transactions of the real libraries of this folder's own
 * package.json, on the suite's PostgreSQL: installs them, checks the types against theirs, runs the tests. Exits 1 if
 * any of it failed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runSuite } from "../support/run-suite.ts";

const HERE = import.meta.dirname;
const require = createRequire(import.meta.url);

if (!(await isInstalled())) {
	console.log("installing the libraries of the client tests");
	// No scripts: what they would do is download engines that nothing here uses.
	await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
}
await generatePrisma();
await run(process.execPath, [join(dirname(require.resolve("typescript/package.json")), "bin", "tsc"), "-p", HERE]);
const result = await runSuite({}, ["--config", join(HERE, "vitest.config.ts"), ...process.argv.slice(2)]);
process.exitCode = result.ok ? 0 : 1;

/**
 * Prisma's client is made of its schema. That needs no schema engine, but the command downloads one unless it is told
 * of one.
 */
async function generatePrisma(): Promise<void> {
	await run(
		process.execPath,
		[require.resolve("prisma/build/index.js"), "generate", "--schema", "prisma/schema.prisma", "--no-hints"],
		{ PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
	);
}

async function run(command: string, args: readonly string[], environment: Record<string, string> = {}): Promise<void> {
	const child = spawn(command, args, {
		cwd: HERE,
		stdio: "inherit",
		env: { ...process.env, ...environment },
		shell: command === "npm" && process.platform === "win32",
	});
	const [code] = (await once(child, "exit")) as [number | null];
	if (code !== 0) throw new Error(`${[command, ...args].join(" ")} failed`);
}

/** Whether what is installed is what the lock asks for: some 400 MB, most of them Prisma's. */
async function isInstalled(): Promise<boolean> {
	const lock = await packagesOf("package-lock.json");
	const installed = await packagesOf("node_modules/.package-lock.json");
	const wanted = Object.keys(lock).filter((path) => path !== "" && !lock[path]?.optional);
	return wanted.every((path) => lock[path]?.version === installed[path]?.version);
}

type Packages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;

async function packagesOf(file: string): Promise<Packages> {
	const text = await readFile(join(HERE, file), "utf8").catch(() => "{}");
	return (JSON.parse(text) as { readonly packages?: Packages }).packages ?? {};
}
