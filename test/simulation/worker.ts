/** One thread of `npm run simulate`: runs the seeds that it is given, and says what became of them. */
import { parentPort } from "node:worker_threads";
import { type BatchReport, runBatch } from "./batch.ts";

/** Some seeds in a row. */
export interface Range {
	readonly from: number;
	readonly count: number;
}

export type Done = Range & { readonly report: BatchReport };

// The stacks of simulated errors would cost more than everything else.
Error.stackTraceLimit = 0;
const port = parentPort as NonNullable<typeof parentPort>;
port.on("message", async ({ from, count }: Range) => {
	port.postMessage({ from, count, report: await runBatch(from, count) } satisfies Done);
});
