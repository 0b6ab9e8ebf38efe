import type { Clock } from "../timing/clock.ts";
import { Wait } from "../timing/wait.ts";

/** Attempts are gathered for so long: one by one, each would pay for an entry of its own. */
const GATHER_MS = 1_000;
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
}

/**
 * Chains what a relay records, a moment later and many at a time, so that settling makes no hash and a drain is not
 * slowed. What it has not come to when the relay dies, chains whoever tells the next anchor.
 */
export class Chainer {
	readonly #parts: ChainerParts;
	readonly #rest: Wait;
	readonly #stopping = new AbortController();
	/** Ends the wait for more, while there is something to chain. */
	#cancel: (() => void) | null = null;
	#working: Promise<void> = Promise.resolve();
	#through = "0";

	constructor(parts: ChainerParts) {
		this.#parts = parts;
		this.#rest = new Wait(parts.clock);
	}

	/** Finishes the piece under way. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		this.#cancel?.();
		this.#rest.end();
		await this.#working;
	}

	/** Attempts were recorded. */
	recorded(): void {
		if (this.#stopping.signal.aborted || this.#cancel !== null) return;
		this.#cancel = this.#parts.clock.after(GATHER_MS, () => {
			this.#cancel = null;
			this.#working = this.#working.then(() => this.#chainAll());
		});
	}

	/** Chains what is left, whoever recorded it, late batches too. */
	async chainRest(signal: AbortSignal): Promise<void> {
		while (!signal.aborted && (await this.#parts.chainSomeOfAll()).attempts > 0);
	}

	async #chainAll(): Promise<void> {
		try {
			while (!this.#stopping.signal.aborted && (await this.#chainSome()) > 0);
		} catch {
			// The database does not answer, which others say, or it will be said when the next anchor is due.
			this.recorded();
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
