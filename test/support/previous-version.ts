import { execFile as execFileCallback, execFileSync } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);
const ROOT = join(import.meta.dirname, "../..");
const OLD = "0.0.1";

/**
 * The latest release in this clone's history, or what was committed last where there is none; null: no git, no history.
 */
export function previousVersion(): string | null {
	try {
		const git = (...args: string[]) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }).trim();
		const [latest = ""] = git("tag", "--list", "v*", "--sort=-version:refname").split("\n");
		return latest === "" ? git("rev-parse", "HEAD") : latest;
	} catch {
		return null;
	}
}

export interface CheckedOut extends AsyncDisposable {
	/** Its command line, as a program for Node. */
	readonly program: string;
}

/** The code of that version, with the packages of this one. */
export async function checkOut(version: string): Promise<CheckedOut> {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-previous-"));
	const archive = join(folder, "code.tar");
	await execFile("git", ["archive", "-o", archive, version, "src", "migrations", "package.json"], { cwd: ROOT });
	await execFile("tar", ["-x", "-f", archive, "-C", folder]);
	await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
	return {
		program: join(folder, "src/cli.ts"),
		[Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
	};
}

/** The same, and it takes itself for an older one: it says so, and has other texts of the functions. */
export async function checkOutOlder(version: string): Promise<CheckedOut> {
	const code = await checkOut(version);
	const folder = join(code.program, "../..");
	const manifest = join(folder, "package.json");
	const older = { ...(JSON.parse(await readFile(manifest, "utf8")) as object), version: OLD };
	await writeFile(manifest, JSON.stringify(older));
	const functions = join(folder, "migrations/functions");
	for (const file of await readdir(functions)) await appendFile(join(functions, file), "\n-- As it was.\n");
	return code;
}
