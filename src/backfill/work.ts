import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../store/database.ts";
import { type BackfillStep, backfillStep, leaveBackfill } from "../store/watches/backfill.ts";
import { nextWindow, rowsOfBatch } from "./pace.ts";

export interface Work {
	readonly id: string;
	/** Random, of this process: as it was begun. */
	readonly worker: string;
	/** Rows a second at most. */
	readonly perSecond: number;
}

/** Works through a backfill at its pace, batch by batch, until its end; when it is to stop, leaves it for later. */
export async function* workThrough(db: Database, work: Work, stop: AbortSignal): AsyncGenerator<BackfillStep> {
	const { id, worker, perSecond } = work;
	const limit = rowsOfBatch(perSecond);
	let [window, dueAt] = [limit, performance.now()];
	while (!stop.aborted) {
		const step = await backfillStep(db, { id, worker, limit, window });
		yield step;
		if (step.finished) return;
		window = nextWindow(window, step.tally.rows, limit);
		dueAt = Math.max(performance.now(), dueAt + (step.tally.rows / perSecond) * 1000);
		await sleep(Math.max(0, dueAt - performance.now()), undefined, { signal: stop }).catch(() => {});
	}
	await leaveBackfill(db, id, worker, null);
}
