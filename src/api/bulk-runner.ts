import { setTimeout as sleep } from "node:timers/promises";
import { batchesOf } from "../batches.ts";
import { ProblemError } from "../http/problem.ts";
import { type Logger, logEvents } from "../log.ts";
import {
	type BulkOrder,
	type BulkProgress,
	type BulkState,
	beginBulkRun,
	endBulkRun,
	reportBulkRun,
} from "../store/bulk-runs.ts";
import type { Database } from "../store/database.ts";
import { isCancelled, isTransient, sqlState } from "../store/database-error.ts";
import { decideBatch } from "../store/decide-batch.ts";
import { type SelectedEvent, selectEvents } from "../store/inspect/bulk-selection.ts";
import type { EventFilter } from "../store/inspect/filter.ts";
import { problemOf } from "./failure.ts";
import type { SearchQueue } from "./search-queue.ts";

/** One transaction: it keeps relays from claiming. */
const MOST_OF_A_BATCH = 200;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Longer than this nothing is said of a run only when its process is gone. */
const HEARTBEAT_MS = 10_000;

const SHUT_DOWN = "its process was stopped";

type End = { readonly state: "stopped" | "done" | "failed"; readonly error: string | null };

interface Run {
	readonly id: string;
	readonly order: BulkOrder;
	readonly filter: EventFilter;
	progress: BulkProgress;
}

/**
 * Works on the one run of this process, in small batches at the pace that was asked for, whether somebody watches or
 * not.
 */
export class BulkRunner {
	readonly #database: Database;
	readonly #searches: SearchQueue;
	readonly #logger: Logger;
	readonly #stop = new AbortController();
	#working: Promise<void> | null = null;

	constructor(database: Database, searches: SearchQueue, logger: Logger) {
		this.#database = database;
		this.#searches = searches;
		this.#logger = logger;
	}

	/** Begins a run. @returns its id @throws ProblemError while another one is under way, here or elsewhere */
	async start(order: BulkOrder, filter: EventFilter): Promise<string> {
		const id = this.#working === null ? await beginBulkRun(this.#database, order) : null;
		if (id === null) {
			const detail = "another bulk run is under way";
			throw new ProblemError({ status: 409, code: "run_under_way", detail, hint: "wait for its end, or stop it" });
		}
		logEvents.bulkStarted(this.#logger, { run: id, action: order.action, actor: order.actor });
		const progress = { total: null, examined: 0, done: 0, skipped: 0 };
		this.#working = this.#work({ id, order, filter, progress }).finally(() => {
			this.#working = null;
		});
		return id;
	}

	/** Stops between two batches, and puts that on record. */
	async close(): Promise<void> {
		this.#stop.abort();
		await this.#working;
	}

	async #work(run: Run): Promise<void> {
		const end = await this.#perform(run).catch((error: unknown): End => {
			if (this.#stop.signal.aborted) return { state: "stopped", error: SHUT_DOWN };
			return { state: "failed", error: problemOf(error).detail };
		});
		try {
			await this.#patiently(run, () => endBulkRun(this.#database, run.id, end.state, end.error));
		} catch {
			// The database is out of reach and we have to go: the run's silence says the same.
		}
		const { done, skipped } = run.progress;
		logEvents.bulkEnded(this.#logger, { run: run.id, state: end.state, done, skipped });
	}

	async #perform(run: Run): Promise<End> {
		const { order } = run;
		const selected = await this.#select(run);
		run.progress = { ...run.progress, total: selected.length };
		let state = await this.#report(run);
		const size = Math.min(MOST_OF_A_BATCH, Math.max(1, Math.floor(order.perSecond)));
		let dueAt = performance.now();
		for (const batch of batchesOf(selected, size)) {
			await this.#sleepUntil(dueAt);
			const over = this.#isOver(state);
			if (over !== null) return over;
			const decider = { actor: order.actor, reason: order.reason, run: run.id };
			const results = await this.#patiently(run, () => decideBatch(this.#database, order, batch, decider));
			const done = results.filter((result) => result.done).length;
			const { examined, skipped } = run.progress;
			run.progress = {
				total: selected.length,
				examined: examined + batch.length,
				done: run.progress.done + done,
				skipped: skipped + batch.length - done,
			};
			dueAt = Math.max(performance.now(), dueAt + (done / order.perSecond) * 1000);
			state = await this.#report(run);
		}
		return this.#isOver(state) ?? { state: "done", error: null };
	}

	#isOver(state: BulkState | null): End | null {
		if (this.#stop.signal.aborted) return { state: "stopped", error: SHUT_DOWN };
		if (state === "stopping") return { state: "stopped", error: null };
		return state === "running" ? null : { state: "failed", error: "somebody took it for lost and ended it" };
	}

	/** A search that takes too long would take as long the next time; everything else is tried again. */
	#select(run: Run): Promise<SelectedEvent[]> {
		const { filter, order } = run;
		const select = () => this.#searches.runPatiently(() => selectEvents(this.#database, filter, order.max));
		return this.#patiently(run, select, isCancelled);
	}

	#report(run: Run): Promise<BulkState | null> {
		return this.#patiently(run, () => reportBulkRun(this.#database, run.id, run.progress));
	}

	/** Through an outage of the database, until this process stops. */
	async #patiently<T>(run: Run, act: () => Promise<T>, isFatal: (error: unknown) => boolean = () => false): Promise<T> {
		for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
			try {
				return await act();
			} catch (error) {
				if (this.#stop.signal.aborted || !isTransient(error) || isFatal(error)) throw error;
				logEvents.bulkInterrupted(this.#logger, { run: run.id, error_code: sqlState(error) ?? null });
				await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
			}
		}
	}

	/** In steps, so that the run is heard of. */
	async #sleepUntil(dueAt: number): Promise<void> {
		const restMs = Math.min(dueAt - performance.now(), HEARTBEAT_MS);
		if (restMs <= 0 || this.#stop.signal.aborted) return;
		await sleep(restMs, undefined, { signal: this.#stop.signal }).catch(() => {});
	}
}
