import type { Stats } from "node:fs";
import { constants, type FileHandle, open, stat } from "node:fs/promises";
import { platform } from "node:os";
import { dirname } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { escapeForTerminal } from "../escape.ts";

/** A network drive that is gone answers never. Milliseconds. */
const PATIENCE_MS = 5_000;

/** A file that a variable names. */
export interface NamedFile {
	/** For the error. */
	readonly variable: string;
	readonly path: string;
}

/**
 * Reads a file that a variable names: a regular one (or what leads to one: links are followed, as Kubernetes has them), of so many
 * bytes at most, within seconds. A pipe or a device would never end, and keep the process from stopping.
 *
 * @throws ConfigurationError that names the variable, and the file only where it is surely the name of one: a secret that was pasted
 * into the variable is not shown.
 */
export async function readSmallFile({ variable, path }: NamedFile, mostBytes: number): Promise<string> {
	const late = new AbortController();
	const timer = setTimeout(() => late.abort(), PATIENCE_MS);
	try {
		return await Promise.race([readRegular(path, mostBytes), refuseAfter(late.signal)]);
	} catch (cause) {
		const { code, name, message } = cause as NodeJS.ErrnoException;
		const reason = cause instanceof Unreadable ? message : `(${code ?? name})`;
		throw new ConfigurationError([{ variable, message: `cannot read ${await shownPath(path)} ${reason}` }]);
	} finally {
		clearTimeout(timer);
	}
}

class Unreadable extends Error {}

function refuseAfter(signal: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		signal.addEventListener("abort", () => reject(new Unreadable(`within ${PATIENCE_MS / 1000} s`)), { once: true });
	});
}

async function readRegular(path: string, mostBytes: number): Promise<string> {
	// Without O_NONBLOCK opening a pipe waits until somebody writes to it.
	const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
	try {
		const refusal = refuseKind(await file.stat());
		if (refusal !== null) throw new Unreadable(refusal);
		return new TextDecoder().decode(await readUpTo(file, mostBytes));
	} finally {
		await file.close();
	}
}

function refuseKind(found: Stats): string | null {
	if (found.isFile()) return null;
	return found.isDirectory() ? "(EISDIR): it is a directory" : "because it is no regular file";
}

async function readUpTo(file: FileHandle, mostBytes: number): Promise<Uint8Array> {
	const buffer = new Uint8Array(mostBytes + 1);
	let length = 0;
	while (length <= mostBytes) {
		const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
		if (bytesRead === 0) return buffer.subarray(0, length);
		length += bytesRead;
	}
	throw new Unreadable(`because it is too large: more than ${mostBytes} bytes`);
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
