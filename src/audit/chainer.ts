import type { Clock } from "../timing/clock.ts";
import { Rounds } from "../timing/rounds.ts";
import { Wait } from "../timing/wait.ts";

/** Attempts are gathered for so long: one by one, each would pay for an entry of its own. */
const EVERY_MS = 1_000;
/** After each piece, so many times as long as it took: the rest of the time is for delivery. */
const REST = 10;

/** What one piece did. */
export interface ChainedPiece {
	/** None: nothing was left. */
	readonly attempts: number;
	/** Batches up to this one were chained, but for those that were committed late. */
	readonly through: string;
}

export interface ChainerParts {
	/** Chains some attempts that are on record: those of this relay, after a batch. */
	readonly chainSome: (after: string) => Promise<ChainedPiece>;
	/** The same of all relays. */
	readonly chainSomeOfAll: () => Promise<ChainedPiece>;
	readonly clock: Clock;
	/** In [0, 1). */
	readonly random: () => number;
}

/**
 * Chains what a relay records, a moment later and many at a time, so that settling makes no hash and a drain is not
 * slowed. What it has not come to when the relay dies, chains whoever tells the next anchor.
 */
export class Chainer {
	readonly #parts: ChainerParts;
	readonly #rounds: Rounds;
	readonly #rest: Wait;
	#isAsked = false;
	#through = "0";

	constructor(parts: ChainerParts) {
		this.#parts = parts;
		this.#rest = new Wait(parts.clock);
		this.#rounds = new Rounds({ ...parts, everyMs: EVERY_MS, round: (signal) => this.#round(signal) });
	}

	start(): void {
		this.#rounds.start();
	}

	async stop(): Promise<void> {
		this.#rest.end();
		await this.#rounds.stop();
	}

	/** Attempts were recorded. */
	recorded(): void {
		this.#isAsked = true;
	}

	/** Chains what is left, whoever recorded it, late batches too. */
	async chainRest(signal: AbortSignal): Promise<void> {
		while (!signal.aborted && (await this.#parts.chainSomeOfAll()).attempts > 0);
	}

	async #round(signal: AbortSignal): Promise<void> {
		if (!this.#isAsked) return;
		this.#isAsked = false;
		try {
			while (!signal.aborted && (await this.#chainSome()) > 0);
		} catch {
			// The database does not answer, which others say, or it will be said when the next anchor is due.
			this.#isAsked = true;
		}
	}

	async #chainSome(): Promise<number> {
		const { chainSome, clock } = this.#parts;
		const begunAt = clock.now();
		const { attempts, through } = await chainSome(this.#through);
		this.#through = through;
		if (attempts > 0) await this.#rest.upTo((clock.now() - begunAt) * REST);
		return attempts;
	}
}
