import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { workThrough } from "../backfill/work.ts";
import { OutboxError } from "../errors.ts";
import { ProblemError } from "../http/problem.ts";
import { type Logger, logEvents } from "../log.ts";
import type { Database } from "../store/database.ts";
import { isCancelled, isTransient, sqlState } from "../store/database-error.ts";
import { type BackfillOrder, beginBackfill, leaveBackfill } from "../store/watches/backfill.ts";
import { refusedBackfill } from "./backfill-refusal.ts";
import { problemOf } from "./failure.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

type State = "done" | "stopped" | "failed";

interface Run {
	readonly id: string;
	readonly order: BackfillOrder;
}

/** Works on the one backfill of this process, whether somebody watches or not. */
export class BackfillRunner {
	readonly #database: Database;
	readonly #logger: Logger;
	readonly #stop = new AbortController();
	#working: Promise<void> | null = null;

	constructor(database: Database, logger: Logger) {
		this.#database = database;
		this.#logger = logger;
	}

	/** Begins a backfill, or goes on with the unfinished one. @returns its id @throws ProblemError when it cannot */
	async start(asked: Omit<BackfillOrder, "worker">): Promise<string> {
		if (this.#working !== null) throw new ProblemError(BUSY);
		const order = { ...asked, worker: randomUUID() };
		const begun = beginBackfill(this.#database, order);
		// At once, so that nobody begins another one meanwhile.
		this.#working = begun.then(
			({ id }) => this.#work({ id, order }),
			() => {},
		);
		void this.#working.finally(() => {
			this.#working = null;
		});
		return (await begun.catch(refusedBackfill)).id;
	}

	/** Leaves it between two batches, so that it can go on. */
	async close(): Promise<void> {
		this.#stop.abort();
		await this.#working;
	}

	async #work(run: Run): Promise<void> {
		const { id, order } = run;
		logEvents.backfillStarted(this.#logger, { backfill: id, watch: order.watch, actor: order.actor });
		const state = await this.#patiently(run).catch((error: unknown) => this.#givenUp(run, error));
		logEvents.backfillEnded(this.#logger, { backfill: id, watch: order.watch, state });
	}

	async #perform({ id, order }: Run): Promise<State> {
		const work = { id, worker: order.worker, perSecond: order.perSecond };
		for await (const { finished } of workThrough(this.#database, work, this.#stop.signal)) {
			if (finished) return "done";
		}
		return "stopped";
	}

	/** Through an outage of the database, until this process stops. How far it is was committed with each batch. */
	async #patiently(run: Run): Promise<State> {
		for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
			try {
				return await this.#perform(run);
			} catch (error) {
				if (this.#stop.signal.aborted) return "stopped";
				// A batch that takes too long would take as long the next time.
				if (isCancelled(error) || !isTransient(error)) throw error;
				logEvents.backfillInterrupted(this.#logger, { backfill: run.id, error_code: sqlState(error) ?? null });
				await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
			}
		}
	}

	async #givenUp({ id, order }: Run, error: unknown): Promise<State> {
		if (error instanceof OutboxError && error.code === "backfill_stopped") return "stopped";
		const why = isCancelled(error)
			? "a batch took too long: go on at a lower rate"
			: error instanceof OutboxError
				? error.message
				: problemOf(error).detail;
		// Out of reach, its silence says the same.
		await leaveBackfill(this.#database, id, order.worker, why).catch(() => {});
		return "failed";
	}
}

const BUSY = {
	status: 409,
	code: "run_under_way",
	detail: "this console works on another backfill",
	hint: "wait for its end, or stop it",
} as const;
