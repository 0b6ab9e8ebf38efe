import type { ClaimedEvent } from "../store/claim.ts";
import type { Settlement } from "../store/settle.ts";
import type { Clock } from "../timing/clock.ts";

/** A settlement that waits to be written. */
export interface PendingSettlement extends Omit<Settlement, "ageMs"> {
	readonly event: ClaimedEvent;
	/** Monotonic start of the attempt. */
	readonly startedAt: number;
	/** The last of its lease. */
	readonly endsLease: boolean;
}

export interface SettlerOptions {
	readonly clock: Clock;
	/**
	 * Writes one batch, which may be empty but for leases to end, and resolves once it is committed. Retries by itself;
	 * rejects only when it never will be.
	 */
	readonly write: (
		accepted: readonly Settlement[],
		failed: readonly Settlement[],
		done: readonly string[],
	) => Promise<void>;
	readonly onWritten: (batch: readonly PendingSettlement[]) => void;
	readonly onLost: (batch: readonly PendingSettlement[], error: unknown) => void;
}

const MOST_PER_BATCH = 500;
/** With this many at once, results come so fast that waiting a moment for more is cheaper for everybody. */
const BUSY_BATCH = 24;
const LINGER_MS = 4;

/**
 * Writes results in batches: at once when idle, in ever larger batches the faster they come. One statement at a time.
 */
export class Settler {
	readonly #options: SettlerOptions;
	/** Of which a result was lost: their claims have to stay until they expire. */
	readonly #lostLeases = new Set<string>();
	#queue: PendingSettlement[] = [];
	/** Leases that were ended by something else than their last result. */
	#ended: string[] = [];
	#writing: Promise<void> | undefined;
	#inWrite = 0;

	constructor(options: SettlerOptions) {
		this.#options = options;
	}

	/** Results not yet on record. */
	get backlog(): number {
		return this.#queue.length + this.#inWrite;
	}

	add(settlement: PendingSettlement): void {
		this.#queue.push(settlement);
		this.#start();
	}

	/**
	 * Nothing is left of a lease, and its results were added before: the last of them could not know that it was the
	 * last.
	 */
	end(leaseId: string): void {
		this.#ended.push(leaseId);
		this.#start();
	}

	/** Resolves when everything added so far is written or lost. */
	async drain(): Promise<void> {
		while (this.#writing !== undefined) await this.#writing;
	}

	#start(): void {
		this.#writing ??= this.#writeAll().finally(() => {
			this.#writing = undefined;
		});
	}

	async #writeAll(): Promise<void> {
		// Results that arrive in the same turn of the event loop belong together.
		await Promise.resolve();
		while (this.#queue.length > 0 || this.#ended.length > 0) {
			const batch = this.#queue.splice(0, MOST_PER_BATCH);
			this.#inWrite = batch.length;
			await this.#writeBatch(batch);
			this.#inWrite = 0;
			if (batch.length >= BUSY_BATCH && this.#queue.length < MOST_PER_BATCH / 2) await this.#linger();
		}
	}

	async #writeBatch(batch: PendingSettlement[]): Promise<void> {
		const now = this.#options.clock.now();
		const aged = batch.map((s): Settlement => ({ ...s, ageMs: now - s.startedAt }));
		// What was ended otherwise may have results further back in the queue.
		const others = this.#queue.length === 0 ? this.#ended.splice(0) : [];
		const ended = [...batch.filter((s) => s.endsLease).map((s) => s.event.leaseId), ...others];
		const done = ended.filter((leaseId) => !this.#lostLeases.delete(leaseId));
		try {
			await this.#options.write(
				aged.filter((s) => s.decision.next === "delivered"),
				aged.filter((s) => s.decision.next !== "delivered"),
				done,
			);
			this.#options.onWritten(batch);
		} catch (error) {
			for (const { event } of batch) if (!ended.includes(event.leaseId)) this.#lostLeases.add(event.leaseId);
			this.#options.onLost(batch, error);
		}
	}

	#linger(): Promise<void> {
		return new Promise((resolve) => this.#options.clock.after(LINGER_MS, resolve));
	}
}
