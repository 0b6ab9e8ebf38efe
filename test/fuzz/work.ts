/** One thread of `npm run fuzz`: tries its subjects in turn until it is told to stop, and says what it is at. */
import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { makeFolder, problemWith } from "./attempt.ts";
import type { Reader } from "./reader.ts";
import { READERS } from "./readers.ts";
import { REQUESTS } from "./requests.ts";
import { type Batch, SENDERS } from "./senders.ts";
import { textsFor } from "./texts.ts";

const READER_CASES = 40;
const BATCH_CASES = 2_000;

/** What a thread tries: readers of texts, or what answers over the network. */
export type Kind = "readers" | "network";

/** How a thread is begun. */
export interface Work {
	readonly kind: Kind;
	readonly seed: number;
}

export type Report =
	/** Begins with it: if nothing more is heard, it hangs. */
	| { readonly at: string; readonly seed: number }
	| { readonly done: string; readonly cases: number }
	| { readonly finding: string; readonly seed: number; readonly problem: string };

const { kind, seed: firstSeed } = workerData as Work;
const port = parentPort as NonNullable<typeof parentPort>;
let stopping = false;
port.once("message", () => {
	stopping = true;
});

const tell = (report: Report) => port.postMessage(report);

await using folder = await makeFolder();
for (let seed = firstSeed; !stopping; seed++) {
	if (kind === "readers") for (const reader of READERS) await tryReader(reader, seed);
	else for (const batch of [...SENDERS, ...REQUESTS]) await tryBatch(batch, seed);
}
port.unref();

async function tryReader(reader: Reader, seed: number): Promise<void> {
	if (stopping) return;
	tell({ at: reader.name, seed });
	const texts = fc.sample(textsFor(reader.examples ?? []), { seed, numRuns: READER_CASES });
	for (const text of texts) {
		const problem = await problemWith(reader, text, folder.path);
		if (problem === null) continue;
		tell({ finding: reader.name, seed, problem: `${problem}; the text: ${JSON.stringify(text).slice(0, 300)}` });
	}
	// What was asked of this thread is heard between two readers.
	await new Promise((resolve) => setImmediate(resolve));
	tell({ done: reader.name, cases: texts.length });
}

async function tryBatch({ name, run }: Batch, seed: number): Promise<void> {
	if (stopping) return;
	tell({ at: name, seed });
	const problem = await run(seed, BATCH_CASES);
	if (problem !== null) tell({ finding: name, seed, problem });
	tell({ done: name, cases: BATCH_CASES });
}
