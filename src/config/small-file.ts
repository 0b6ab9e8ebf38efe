import { stat } from "node:fs/promises";
import { platform } from "node:os";
import { dirname } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { escapeForTerminal } from "../escape.ts";
import { readRegularFile } from "../regular-file.ts";

/** A file that a variable names. */
export interface NamedFile {
	/** For the error. */
	readonly variable: string;
	readonly path: string;
}

/**
 * Reads a file that a variable names, see {@link readRegularFile}.
 *
 * @throws ConfigurationError that names the variable, and the file only where it is surely the name of one: a secret
 *   that was pasted into the variable is not shown.
 */
export async function readSmallFile({ variable, path }: NamedFile, mostBytes: number): Promise<string> {
	try {
		return await readRegularFile(path, mostBytes);
	} catch (cause) {
		const { message } = cause as Error;
		throw new ConfigurationError([{ variable, message: `cannot read ${await shownPath(path)} ${message}` }]);
	}
}

/** Only where a folder of that name is there: nothing else tells a path from a secret that was pasted. */
export async function shownPath(path: string): Promise<string> {
	const folder = dirname(path);
	const isPath =
		/[^./\\]/.test(folder) &&
		(await stat(folder).then(
			(found) => found.isDirectory(),
			() => false,
		));
	return isPath ? `"${escapeForTerminal(path)}"` : "the file that it names (not shown, it may be a secret)";
}

/** Those of some files that every user of this machine can read. What cannot be looked at is not among them. */
export async function readableByAll(files: readonly NamedFile[]): Promise<NamedFile[]> {
	// On Windows a mode says nothing.
	if (platform() === "win32") return [];
	const modes = await Promise.all(
		files.map(({ path }) =>
			stat(path).then(
				({ mode }) => mode,
				() => 0,
			),
		),
	);
	return files.filter((_, index) => ((modes[index] ?? 0) & 0o004) !== 0);
}
