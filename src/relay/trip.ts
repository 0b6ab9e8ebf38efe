import type { Attribution } from "../event/attribution.ts";
import { type Decision, decide } from "../event/decide.ts";
import type { Outcome } from "../event/outcome.ts";
import { logEvents } from "../log.ts";
import type { Claim, ClaimedEvent, ClaimRequest } from "../store/claim.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { FaultAttribution } from "./fault-attribution.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import type { Attempt, RelayPort } from "./port.ts";
import type { Recorder } from "./recorder.ts";

/**
 * What of a lease is kept for settling after the answer, and for clocks that do not quite agree on a second's length.
 */
const SETTLE_MARGIN_MS = 1_000;

export interface TripOptions {
	readonly settings: RelaySettings;
	readonly parts: RelayParts;
	readonly session: DatabaseSession;
	readonly leases: LeaseBook;
	readonly dispatcher: Dispatcher;
	readonly faults: FaultAttribution;
	readonly recorder: Recorder;
	readonly port: Pick<RelayPort, "claimed" | "givenBack" | "dueIn">;
}

/**
 * The trip of an event, from the outbox to the record, in the order in which things happen to it. When something
 * happens is for others to say: the claim loop when to look, the dispatcher when there is a slot, the settler when to
 * write.
 */
export class Trip {
	readonly #options: TripOptions;

	constructor(options: TripOptions) {
		this.#options = options;
	}

	/** Claims events: they are this relay's until their lease ends. In the dispatcher they wait for a slot. */
	async claim(request: ClaimRequest): Promise<Claim> {
		const { parts, session, port, dispatcher } = this.#options;
		// Measured from before the claim is sent: whatever the database's clock says, the lease ends no earlier than this.
		const claimedAt = parts.clock.now();
		const claim = await parts.store.claim(request).catch((error) => this.#undo(request, error));
		session.answered();
		parts.observer.claimed(claim.events.length, parts.clock.now() - claimedAt);
		const sendBefore = this.#openLeases(request, claim.events, claimedAt);
		if (claim.events.length > 0) port.claimed();
		dispatcher.accept(claim.events.map((event) => ({ event, sendBefore, claimedAt })));
		return claim;
	}

	/** There is a slot for it: from the first byte of the request to what is logged of it. */
	async deliver(attempt: Attempt): Promise<void> {
		const outcome = await this.#send(attempt);
		const attribution = this.#isSomebodysFault(attempt, outcome) ? await this.#attribute(attempt, outcome) : "unknown";
		const decision = this.#decide(attempt, outcome, attribution);
		const durationMs = this.#settle(attempt, outcome, decision);
		this.#report(attempt, outcome, decision, durationMs);
	}

	/** What was claimed and will not be sent keeps its count of attempts. It is for whoever claims it next. */
	async giveBack(events: readonly ClaimedEvent[]): Promise<void> {
		const { parts, leases, recorder, port } = this.#options;
		for (const [leaseId, group] of Map.groupBy(events, (event) => event.leaseId)) {
			const ids = group.map((event) => event.eventId);
			leases.mayBeGone(leaseId);
			port.givenBack(await parts.persist(() => parts.store.giveBack(leaseId, ids)));
			// Not before: the result that thereby became the last of its lease would remove the claim that giving back needs.
			if (leases.settle(leaseId, group.length)) recorder.leaseEnded(leaseId);
		}
		port.dueIn(0);
	}

	/** One request, with one deadline; what its answer says of the key, of Reward and of the trigger. */
	async #send({ event, startedAt }: Attempt): Promise<Outcome> {
		const { parts, dispatcher } = this.#options;
		const outcome = await parts.sender.send(event);
		dispatcher.answered(event, startedAt, outcome);
		return outcome;
	}

	/**
	 * Whether the answer may be somebody else's fault: the key's, the trigger's, or that of what stands in front of
	 * Reward.
	 */
	#isSomebodysFault({ event, startedAt }: Attempt, outcome: Outcome): boolean {
		return this.#options.faults.observe(event, startedAt, outcome);
	}

	#attribute({ event }: Attempt, outcome: Outcome): Promise<Attribution> {
		return this.#options.faults.attribute(event, outcome);
	}

	#decide({ event }: Attempt, outcome: Outcome, attribution: Attribution): Decision {
		const { settings, parts } = this.#options;
		return decide(event, outcome, settings, parts.random(), attribution);
	}

	/** Returns how long the attempt took, milliseconds. */
	#settle({ event, startedAt }: Attempt, outcome: Outcome, decision: Decision): number {
		const { parts, leases, recorder } = this.#options;
		const durationMs = parts.clock.now() - startedAt;
		recorder.record({ event, outcome, decision, startedAt, durationMs, endsLease: leases.settle(event.leaseId) });
		return durationMs;
	}

	#report({ event }: Attempt, outcome: Outcome, decision: Decision, durationMs: number): void {
		const { parts, settings } = this.#options;
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
			next: decision.next,
			next_attempt_in_ms: decision.next === "pending" ? Math.round(decision.delayMs) : null,
		});
	}

	/** Returns until when they may be sent: what is sent must have its whole deadline within its lease. */
	#openLeases(request: ClaimRequest, events: readonly ClaimedEvent[], claimedAt: number): number {
		const { settings, leases } = this.#options;
		const leaseEnd = claimedAt + settings.leaseMs;
		for (const lease of [request.headLease, request.dueLease]) {
			const under = events.filter((event) => event.leaseId === lease);
			leases.open(lease, under.length, leaseEnd, under[0]);
		}
		return leaseEnd - settings.requestTimeoutMs - SETTLE_MARGIN_MS;
	}

	/**
	 * The answer to a claim was lost; its commit may not have been. Nothing of it was sent, so all of it is given back.
	 */
	async #undo(request: ClaimRequest, error: unknown): Promise<never> {
		const { parts, session, port } = this.#options;
		if (parts.isTransient(error)) {
			session.failed(error);
			for (const lease of [request.headLease, request.dueLease]) {
				port.givenBack(await parts.persist(() => parts.store.giveBack(lease, null)));
			}
		}
		throw error;
	}
}
