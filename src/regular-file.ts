import { constants, type FileHandle, open } from "node:fs/promises";

/** A network drive that is gone answers never. Milliseconds. */
const PATIENCE_MS = 5_000;

/** Why a file was not read, to be put behind "cannot be read": a code in brackets, or the reason. */
export class UnreadableFile extends Error {
	/** The system's code where it has one, e.g. `ENOENT`. */
	readonly code: string | null;

	constructor(message: string, code: string | null = null) {
		super(message);
		this.code = code;
	}
}

/**
 * Reads a file that somebody names: a regular one (or what leads to one: links are followed, as Kubernetes has them),
 * of `mostBytes` at most, within seconds. A pipe or a device would never end, and keep the process from stopping.
 *
 * @throws UnreadableFile
 */
export async function readRegularFile(path: string, mostBytes: number): Promise<string> {
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => late.reject(new UnreadableFile(`within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
	try {
		return await Promise.race([readOpened(path, mostBytes), late.promise]);
	} catch (error) {
		if (error instanceof UnreadableFile) throw error;
		const { code, name } = error as NodeJS.ErrnoException;
		throw new UnreadableFile(`(${code ?? name})`, code ?? null);
	} finally {
		clearTimeout(timer);
	}
}

async function readOpened(path: string, mostBytes: number): Promise<string> {
	// Without O_NONBLOCK opening a pipe waits until somebody writes to it.
	const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
	try {
		const found = await file.stat();
		if (found.isDirectory()) throw new UnreadableFile("(EISDIR): it is a directory", "EISDIR");
		if (!found.isFile()) throw new UnreadableFile("because it is no regular file");
		return new TextDecoder().decode(await readUpTo(file, mostBytes));
	} finally {
		await file.close();
	}
}

async function readUpTo(file: FileHandle, mostBytes: number): Promise<Uint8Array> {
	const buffer = new Uint8Array(mostBytes + 1);
	let length = 0;
	while (length <= mostBytes) {
		const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
		if (bytesRead === 0) return buffer.subarray(0, length);
		length += bytesRead;
	}
	throw new UnreadableFile(`because it is too large: more than ${mostBytes} bytes`);
}
