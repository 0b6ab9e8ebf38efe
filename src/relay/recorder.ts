import type { ClaimedEvent } from "../store/claim.ts";
import type { Settlement } from "../store/settle.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { RelayParts } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import { type PendingSettlement, Settler } from "./settler.ts";

export interface RecorderOptions {
	readonly parts: RelayParts;
	readonly session: DatabaseSession;
	readonly dispatcher: Dispatcher;
	readonly port: Pick<RelayPort, "recorded">;
}

/** A result, before it is known under which number the relay is. */
export type Result = Omit<PendingSettlement, "relayNo"> & { readonly event: ClaimedEvent };

/** Gets results onto the record, however long the database takes; sending stops while it cannot. */
export class Recorder {
	readonly #options: RecorderOptions;
	readonly #settler: Settler;
	/** How far the outbox had been read when the last result was written. */
	#headPosition: string | null = null;

	constructor(options: RecorderOptions) {
		this.#options = options;
		this.#settler = new Settler({
			clock: options.parts.clock,
			write: (accepted, failed, done) => this.#write(accepted, failed, done),
			onWritten: (batch) => this.#written(batch),
			onLost: (batch, error) => this.#lost(batch, error),
		});
	}

	/** Resolves when everything recorded so far is written or lost. */
	drain(): Promise<void> {
		return this.#settler.drain();
	}

	record(result: Result): void {
		const { session, dispatcher } = this.#options;
		this.#settler.add({ ...result, relayNo: session.relayNo });
		dispatcher.mayRecord(session.answers);
	}

	/** Nothing is left of a lease: what was not settled was given back. */
	leaseEnded(leaseId: string): void {
		this.#settler.end(leaseId);
	}

	async #write(accepted: readonly Settlement[], failed: readonly Settlement[], done: readonly string[]): Promise<void> {
		const { parts, session, dispatcher } = this.#options;
		const startedAt = parts.clock.now();
		const onFailure = (error: unknown) => {
			parts.observer.settleFailed();
			session.failed(error);
			dispatcher.mayRecord(false);
		};
		// Failures first: a lease is ended by the last statement that mentions it.
		if (failed.length > 0) {
			const ended = accepted.length > 0 ? [] : done;
			this.#headPosition = await parts.persist(() => parts.store.settleFailed(failed, ended), onFailure);
		}
		if (accepted.length > 0 || failed.length === 0) {
			this.#headPosition = await parts.persist(
				() => parts.store.settleAccepted(session.relayNo, accepted, done),
				onFailure,
			);
		}
		session.answered();
		parts.observer.settled(accepted.length + failed.length, parts.clock.now() - startedAt);
	}

	#written(batch: readonly PendingSettlement[]): void {
		const { session, dispatcher, port } = this.#options;
		session.written(batch, this.#headPosition);
		dispatcher.recorded(batch.length);
		port.recorded(batch);
	}

	/** A batch that PostgreSQL will never take. Its leases expire, and its events go the way of ambiguous attempts. */
	#lost(batch: readonly PendingSettlement[], error: unknown): void {
		const { parts, dispatcher } = this.#options;
		const event_ids = batch.map((settlement) => settlement.event.eventId);
		parts.observer.lost(batch.length);
		parts.log.error({ err: error, event_ids }, "results could not be recorded; their leases will expire");
		dispatcher.recorded(batch.length);
	}
}
