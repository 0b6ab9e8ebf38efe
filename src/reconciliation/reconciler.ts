import type { Evidence } from "../event/reconcile.ts";
import { MOST_RISK } from "../event/silence.ts";
import { type Logger, logEvents } from "../log.ts";
import type { OpenEvent, OpenEvents, StoppedBy } from "../store/receipts/decide.ts";
import type { Clock } from "../timing/clock.ts";
import type { Rounds } from "../timing/rounds.ts";
import { sharedRounds } from "../timing/shared-rounds.ts";

/**
 * Between two questions whether any trigger goes by receipts, where none did: most never will, and an idle relay is to
 * be idle.
 */
const UNASKED_MS = 20_000;
/** Once a minute. */
const ROUNDS_PER_MEASUREMENT = 12;
/** Events of one round. */
const MOST_COMPARED = 200;

export interface ReconcilerParts {
	/** Whether any trigger goes by receipts, or some came lately. */
	readonly isAsked: () => Promise<boolean>;
	/** Whether this relay is the one to look now. */
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	/** How long retries wait for a receipt follows how long receipts take; and bursts of them are noticed. */
	readonly measure: () => Promise<void>;
	readonly readOpen: (after: string | null, limit: number) => Promise<OpenEvents>;
	/** Reads what receipts say of an event. What it learns of others on the way is remembered for the same round. */
	readonly beginRound: () => (eventId: string) => Promise<Evidence | null>;
	/** Null: done; otherwise what stopped it. */
	readonly decide: (eventId: string, delivered: boolean, evidence: Evidence) => Promise<StoppedBy | null>;
	readonly clock: Clock;
	readonly random: () => number;
	/** Between two rounds. A receipt comes when it comes: nobody waits for this. */
	readonly everyMs: number;
	readonly log: Logger;
}

/**
 * Compares receipts with what was sent, on its own schedule, and does what the triggers ask for. One relay does it for
 * all.
 */
export class Reconciler {
	readonly #parts: ReconcilerParts;
	readonly #rounds: Rounds;
	/** Triggers of which it was told that something stops it; once each. */
	readonly #told = new Map<string, string>();
	#after: string | null = null;
	#compared = 0;
	#askAgainAt = Number.NEGATIVE_INFINITY;

	constructor(parts: ReconcilerParts) {
		this.#parts = parts;
		this.#rounds = sharedRounds({
			...parts,
			isAsked: () => this.#isAsked(),
			work: (signal) => this.#compare(signal),
			onFailure: (error_code) => logEvents.receiptsUnread(parts.log, { error_code }),
		});
	}

	start(): void {
		this.#rounds.start();
	}

	/** May be called twice, and before start(). */
	stop(): Promise<void> {
		return this.#rounds.stop();
	}

	async #isAsked(): Promise<boolean> {
		const { isAsked, clock } = this.#parts;
		if (clock.now() < this.#askAgainAt) return false;
		const asked = await isAsked();
		this.#askAgainAt = asked ? Number.NEGATIVE_INFINITY : clock.now() + UNASKED_MS;
		return asked;
	}

	async #compare(signal: AbortSignal): Promise<void> {
		if (this.#compared++ % ROUNDS_PER_MEASUREMENT === 0) await this.#parts.measure();
		const { events, looked } = await this.#parts.readOpen(this.#after, MOST_COMPARED);
		this.#after = looked;
		const readEvidence = this.#parts.beginRound();
		for (const event of events) {
			if (signal.aborted) return;
			const evidence = await readEvidence(event.event_id);
			if (evidence !== null) await this.#act(event, evidence);
		}
	}

	async #act(event: OpenEvent, evidence: Evidence): Promise<void> {
		const { event_id, trigger_id, status } = event;
		const { verdict, receipts, accepted, ambiguous, risk } = evidence;
		if (verdict === "burst") return this.#tellOnce(trigger_id, "burst");
		const isSilent = verdict === "not_recorded" && status === "uncertain" && risk !== null && risk <= MOST_RISK;
		if (verdict !== "confirmed" && !isSilent) return;
		const stoppedBy = await this.#parts.decide(event_id, verdict === "confirmed", evidence);
		if (stoppedBy === "daily_cap") return this.#tellOnce(trigger_id, stoppedBy);
		if (stoppedBy !== null) return;
		this.#told.delete(trigger_id);
		logEvents.reconciled(this.#parts.log, { event_id, trigger_id, verdict, receipts, accepted, ambiguous });
	}

	#tellOnce(triggerId: string, reason: "burst" | "daily_cap"): void {
		if (this.#told.get(triggerId) === reason) return;
		this.#told.set(triggerId, reason);
		logEvents.reconcilingStopped(this.#parts.log, { trigger_id: triggerId, reason });
	}
}
