import type { Contender } from "../contenders/contender.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { within } from "../environment/run.ts";

export const READY_WITHIN_MS = 15_000;

/** Inserts event 0 and waits until it has arrived: from then on the contender is up and listening. */
export async function untilAlive(
	contender: Contender,
	database: BenchDatabase,
	arrived: Promise<number>,
	deadlineMs: number,
): Promise<void> {
	await contender.fill(database.client, 1);
	if ((await within(deadlineMs, arrived)) === undefined) throw new Error(`not ready within ${deadlineMs / 1000} s`);
}
