import type { Attribution } from "../event/attribution.ts";
import { decide } from "../event/decide.ts";
import type { Outcome } from "../event/outcome.ts";
import { logEvents } from "../log.ts";
import type { ClaimedEvent } from "../store/claim.ts";
import type { Settlement } from "../store/settle.ts";
import { FaultAttribution } from "./fault-attribution.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import { type PendingSettlement, Settler } from "./settler.ts";
import type { Standing } from "./standing.ts";

export interface RecorderOptions {
	readonly settings: RelaySettings;
	readonly parts: RelayParts;
	readonly standing: Standing;
	readonly leases: LeaseBook;
	/** Work that runs beside the loops, and that stopping waits for. */
	readonly beside: (work: Promise<void>) => void;
	/** How many results are not yet on record, and whether they can be put there. */
	readonly onBacklog: (unwritten: number, possible: boolean) => void;
	readonly onWritten: (batch: readonly PendingSettlement[]) => void;
	/** Another key was found after a refusal. */
	readonly onNewKey: () => void;
}

/** What comes after an answer: who is to blame, what follows, and that it gets onto the record. */
export class Recorder {
	readonly #options: RecorderOptions;
	readonly #settler: Settler;
	readonly #faults: FaultAttribution;
	/** Answers of which it is being found out whose fault they are, one after the other: the claims need the connections too. */
	#attributing: Promise<void> = Promise.resolve();
	#unattributed = 0;
	/** How far the outbox had been read when the last result was written. */
	#headPosition: string | null = null;

	constructor(options: RecorderOptions) {
		this.#options = options;
		this.#faults = new FaultAttribution(options.parts, options.settings);
		this.#settler = new Settler({
			clock: options.parts.clock,
			write: (accepted, failed, done) => this.#write(accepted, failed, done),
			onWritten: (batch) => this.#written(batch),
			onLost: (batch, error) => this.#lost(batch, error),
		});
	}

	/** Results not yet on record. */
	get backlog(): number {
		return this.#settler.backlog + this.#unattributed;
	}

	/** Resolves when everything recorded so far is written or lost. */
	drain(): Promise<void> {
		return this.#settler.drain();
	}

	finished(event: ClaimedEvent, startedAt: number, outcome: Outcome): void {
		if (this.#faults.observe(event, startedAt, outcome)) {
			this.#unattributed++;
			this.#attributing = this.#attributing.then(() => this.#attribute(event, startedAt, outcome));
			this.#options.beside(this.#attributing);
		} else this.#conclude(event, startedAt, outcome, "unknown");
	}

	/** Nothing is left of a lease: what was not settled was given back. */
	leaseEnded(leaseId: string): void {
		this.#settler.end(leaseId);
	}

	/** Another key is in use. */
	keyChanged(): void {
		this.#faults.keyChanged();
	}

	/** Answers that may be somebody else's fault: the key's, the trigger's, or that of what stands in front of Reward. */
	async #attribute(event: ClaimedEvent, startedAt: number, outcome: Outcome): Promise<void> {
		const { parts, onNewKey, standing } = this.#options;
		let attribution: Attribution = "unknown";
		try {
			attribution = await this.#faults.attribute(event, outcome);
			const mayBeTheKey =
				outcome.class === "refused" && (outcome.fault === "configuration" || outcome.fault === "unexplained");
			if (mayBeTheKey && attribution !== "event" && (await parts.reloadKey())) onNewKey();
		} catch (error) {
			// The outcome is recorded in any case; whose fault it is will be found out at the next attempt.
			standing.failed(error);
		}
		this.#unattributed--;
		this.#conclude(event, startedAt, outcome, attribution);
	}

	#conclude(event: ClaimedEvent, startedAt: number, outcome: Outcome, attribution: Attribution): void {
		const { parts, settings, standing, leases, onBacklog } = this.#options;
		const durationMs = parts.clock.now() - startedAt;
		const decision = decide(event, outcome, settings, parts.random(), attribution);
		const endsLease = leases.settle(event.leaseId);
		this.#settler.add({ event, relayNo: standing.relayNo, outcome, decision, startedAt, durationMs, endsLease });
		onBacklog(this.backlog, standing.answers);
		const writtenToDeliveredMs = decision.next === "delivered" ? event.ageMs + durationMs : null;
		parts.observer.attempt(event, outcome, durationMs, writtenToDeliveredMs, decision.next);
		logEvents.attempt(parts.log, {
			event_id: event.eventId,
			trigger_id: event.triggerId,
			relay: settings.name,
			attempt: event.attempt,
			mode: event.atMostOnce ? "at_most_once" : "at_least_once",
			outcome: outcome.class,
			http_status: outcome.httpStatus,
			error_code: outcome.errorCode,
			error_message: outcome.errorMessage,
			age_ms: Math.round(event.ageMs),
			duration_ms: Math.round(durationMs),
			next: decision.next === "pending" ? "retry" : decision.next,
			next_attempt_in_ms: decision.next === "pending" ? Math.round(decision.delayMs) : null,
		});
	}

	async #write(accepted: readonly Settlement[], failed: readonly Settlement[], done: readonly string[]): Promise<void> {
		const { parts, standing, onBacklog } = this.#options;
		const startedAt = parts.clock.now();
		const onFailure = (error: unknown) => {
			parts.observer.settleFailed();
			standing.failed(error);
			onBacklog(this.backlog, false);
		};
		// Failures first: a lease is ended by the last statement that mentions it.
		if (failed.length > 0) {
			const ended = accepted.length > 0 ? [] : done;
			this.#headPosition = await parts.persist(() => parts.store.settleFailed(failed, ended), onFailure);
		}
		if (accepted.length > 0 || failed.length === 0) {
			this.#headPosition = await parts.persist(
				() => parts.store.settleAccepted(standing.relayNo, accepted, done),
				onFailure,
			);
		}
		standing.answered();
		parts.observer.settled(accepted.length + failed.length, parts.clock.now() - startedAt);
	}

	#written(batch: readonly PendingSettlement[]): void {
		this.#options.standing.written(batch, this.#headPosition);
		this.#options.onBacklog(this.backlog, true);
		this.#options.onWritten(batch);
	}

	/** A batch that PostgreSQL will never take. Its leases expire, and its events go the way of ambiguous attempts. */
	#lost(batch: readonly PendingSettlement[], error: unknown): void {
		const event_ids = batch.map((settlement) => settlement.event.eventId);
		this.#options.parts.observer.lost(batch.length);
		this.#options.parts.log.error({ err: error, event_ids }, "results could not be recorded; their leases will expire");
		this.#options.onBacklog(this.backlog, true);
	}
}
