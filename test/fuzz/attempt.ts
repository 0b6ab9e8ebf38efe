import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MOST_CPU_MS, type Reader } from "./reader.ts";

const TRIES = 4;

/** What is wrong with how a reader takes a text; null: nothing. */
export async function problemWith(reader: Reader, text: string, folder: string): Promise<string | null> {
	const { mostCpuMs = MOST_CPU_MS } = reader;
	let best = Number.POSITIVE_INFINITY;
	// The best of some: a later reading tells the work, not the compiler's or the collector's.
	for (let n = 0; n < TRIES && best >= mostCpuMs; n++) {
		const before = process.threadCpuUsage();
		const problem = await failureOf(reader, text, folder);
		if (problem !== null) return problem;
		const { user, system } = process.threadCpuUsage(before);
		best = Math.min(best, (user + system) / 1000);
	}
	return best < mostCpuMs ? null : `takes ${Math.round(best)} ms of CPU time, more than ${mostCpuMs}`;
}

async function failureOf({ read, refusesWith = [] }: Reader, text: string, folder: string): Promise<string | null> {
	try {
		await read(text, folder);
		return null;
	} catch (error) {
		const { name } = (error as Error).constructor;
		return refusesWith.includes(name) ? null : `throws ${name}: ${(error as Error).message.slice(0, 200)}`;
	}
}

/** A folder that is gone at the end of its scope. */
export async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
	const path = await mkdtemp(join(tmpdir(), "reward-outbox-fuzz-"));
	return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
