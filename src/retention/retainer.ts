import { type Logger, logEvents } from "../log.ts";
import type { RetainedBatch } from "../store/retention.ts";
import type { Clock } from "../timing/clock.ts";
import type { Rounds } from "../timing/rounds.ts";
import { sharedRounds } from "../timing/shared-rounds.ts";
import { Wait } from "../timing/wait.ts";

const EVERY_MS = 60_000;
/** Events of one transaction: nobody waits for it for long. */
const BATCH = 500;
/** Between two of them at least: delivery comes first. */
const PAUSE_MS = 100;
/** This many times as long as the batch took: on a busy server it takes a quarter of one processor at most. */
const PAUSE_PER_BATCH = 3;

export interface RetainerParts {
	/** Whether anything ever goes. */
	readonly isAsked: () => Promise<boolean>;
	/** Whether this relay is the one to do it now. */
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	readonly retain: (limit: number) => Promise<RetainedBatch>;
	readonly clock: Clock;
	readonly random: () => number;
	readonly log: Logger;
}

/** Carries out the retention policy, in small batches on its own schedule. One relay does it for all. */
export class Retainer {
	readonly #parts: RetainerParts;
	readonly #rounds: Rounds;
	readonly #pause: Wait;

	constructor(parts: RetainerParts) {
		this.#parts = parts;
		this.#pause = new Wait(parts.clock);
		this.#rounds = sharedRounds({
			...parts,
			everyMs: EVERY_MS,
			work: (signal) => this.#removeAll(signal),
			onFailure: (error_code) => logEvents.retainingFailed(parts.log, { error_code }),
		});
	}

	start(): void {
		this.#rounds.start();
	}

	/** Ends after the batch that is under way. May be called twice, and before start(). */
	async stop(): Promise<void> {
		const stopped = this.#rounds.stop();
		this.#pause.end();
		await stopped;
	}

	async #removeAll(signal: AbortSignal): Promise<void> {
		const { retain, takeTurn, clock, log } = this.#parts;
		let [deleted, stripped] = [0, 0];
		for (let more = true; more && !signal.aborted; ) {
			const begunAt = clock.now();
			const batch = await retain(BATCH);
			const tookMs = clock.now() - begunAt;
			more = batch.more;
			deleted += batch.deleted;
			stripped += batch.stripped;
			if (!more) break;
			// Says that somebody is at it.
			await takeTurn(EVERY_MS / 4);
			await this.#pause.upTo(Math.max(PAUSE_MS, PAUSE_PER_BATCH * tookMs));
		}
		if (deleted + stripped > 0) logEvents.retained(log, { deleted, stripped });
	}
}
