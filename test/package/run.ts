/**
 * `npm run test:package [-- filter …]`: packs what would be published, installs it as an application would, and tries
 * it with bundlers, test runners and runtimes of this folder's own package.json. Exits 1 if any of it failed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSuite } from "../support/run-suite.ts";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "..", "..");

const folder = await mkdtemp(join(tmpdir(), "reward-outbox-package-"));
try {
	await installTools();
	const application = await installPackage(folder);
	const result = await runSuite({ PACKED_APPLICATION: application }, [
		"--config",
		join(HERE, "vitest.config.ts"),
		...process.argv.slice(2),
	]);
	process.exitCode = result.ok ? 0 : 1;
} finally {
	await rm(folder, { recursive: true, force: true });
}

/** Some 650 MB, most of them Next's. Their scripts are run: Bun and Deno are fetched by theirs. */
async function installTools(): Promise<void> {
	const installed = await readFile(join(HERE, "node_modules", ".package-lock.json"), "utf8").catch(() => "{}");
	const wanted = await readFile(join(HERE, "package.json"), "utf8");
	const { packages = {} } = JSON.parse(installed) as { packages?: Record<string, { version: string }> };
	const { devDependencies } = JSON.parse(wanted) as { devDependencies: Record<string, string> };
	const missing = Object.entries(devDependencies).filter(
		([name, version]) => packages[`node_modules/${name}`]?.version !== version,
	);
	if (missing.length === 0) return;
	console.log("installing the tools of the package tests");
	await run(HERE, "npm", ["ci", "--no-audit", "--no-fund"]);
}

/** An application that has installed the package, and nothing else. */
async function installPackage(parent: string): Promise<string> {
	await run(ROOT, "npm", ["pack", "--silent", "--pack-destination", parent]);
	const archive = (await readdir(parent)).find((name) => name.endsWith(".tgz")) as string;
	await writeFile(join(parent, "package.json"), '{ "name": "shop", "private": true, "version": "1.0.0" }');
	await run(parent, "npm", ["install", "--silent", "--no-audit", "--no-fund", join(parent, archive)]);
	return parent;
}

async function run(cwd: string, command: string, args: readonly string[]): Promise<void> {
	const child = spawn(command, args, { cwd, stdio: "inherit", shell: process.platform === "win32" });
	const [code] = (await once(child, "exit")) as [number | null];
	if (code !== 0) throw new Error(`${[command, ...args].join(" ")} failed`);
}
