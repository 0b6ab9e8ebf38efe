import type { ClaimedEvent } from "../../src/store/claim.ts";
import type { Lease } from "./database/tables.ts";
import type { WrittenEvent } from "./story.ts";

/** A request that left a relay. */
export interface Sent {
	readonly leaseId: string;
	readonly attempt: number;
	isApplied: boolean;
	/** Reward said so, and the relay heard it. */
	isAccepted: boolean;
}

/** An event as the world outside knows it: what was written, what Reward saw, what a person decided. */
export interface Expected {
	readonly id: string;
	readonly no: number;
	readonly atMostOnce: boolean;
	readonly key: string | null;
	readonly insertedAt: number;
	/** Infinity: it is not. */
	committedAt: number;
	readonly sent: Sent[];
	lastStatus: string | null;
	/** It was delivered, dead or cancelled at one time. */
	hasEnded: boolean;
	/** A person had it sent again although it may have been applied. */
	mayDouble: boolean;
	/** A person said that it was delivered. */
	isResolved: boolean;
	/** What a person's last decision made of it. */
	decidedStatus: string | null;
}

/** An event under a lease that was committed. */
interface Leased {
	isSent: boolean;
	isReturned: boolean;
}

/** What is known of every event of a story without asking the database. */
export class EventBook {
	readonly #events = new Map<string, Expected>();
	readonly #byKey = new Map<string, Expected[]>();
	/** By lease, then by event. */
	readonly #leases = new Map<string, Map<string, Leased>>();
	#committed = 0;

	get all(): Iterable<Expected> {
		return this.#events.values();
	}

	get committed(): number {
		return this.#committed;
	}

	of(eventId: string): Expected | undefined {
		return this.#events.get(eventId);
	}

	ofKey(key: string): readonly Expected[] {
		return this.#byKey.get(key) ?? [];
	}

	/** For people. */
	name(eventId: string): string {
		return `event ${this.of(eventId)?.no ?? eventId}`;
	}

	numberOf(eventId: string): number {
		return this.of(eventId)?.no ?? -1;
	}

	/** The numbers of some events. */
	numbers(eventIds: readonly string[]): number[] {
		return eventIds.map((eventId) => this.numberOf(eventId));
	}

	inserted(id: string, { no, key }: WrittenEvent, atMostOnce: boolean, insertedAt: number): void {
		const event: Expected = {
			id,
			no,
			atMostOnce,
			key,
			insertedAt,
			committedAt: Number.POSITIVE_INFINITY,
			sent: [],
			lastStatus: null,
			hasEnded: false,
			mayDouble: false,
			isResolved: false,
			decidedStatus: null,
		};
		this.#events.set(id, event);
		if (key !== null) this.#byKey.set(key, [...this.ofKey(key), event]);
	}

	commit(ids: readonly string[], at: number): void {
		this.#committed += ids.length;
		for (const id of ids) (this.of(id) as Expected).committedAt = at;
	}

	/** A lease that is committed. False: it is known. */
	claimed({ leaseId, events }: Lease): boolean {
		if (this.#leases.has(leaseId)) return false;
		this.#leases.set(leaseId, new Map(events.map(({ event }) => [event.id, { isSent: false, isReturned: false }])));
		return true;
	}

	/** @param eventIds null: everything that is left of it */
	returned(leaseId: string, eventIds: readonly string[] | null): void {
		for (const [eventId, leased] of this.#leases.get(leaseId) ?? [])
			if (eventIds === null ? !leased.isSent : eventIds.includes(eventId)) leased.isReturned = true;
	}

	leaseOf({ leaseId, eventId }: ClaimedEvent): Leased | undefined {
		return this.#leases.get(leaseId)?.get(eventId);
	}

	leaves(event: ClaimedEvent): void {
		const leased = this.leaseOf(event);
		if (leased !== undefined) leased.isSent = true;
		const { leaseId, attempt } = event;
		this.of(event.eventId)?.sent.push({ leaseId, attempt, isApplied: false, isAccepted: false });
	}

	applied(event: ClaimedEvent): Expected | undefined {
		const sent = this.#sent(event);
		if (sent !== undefined) sent.isApplied = true;
		return this.of(event.eventId);
	}

	/** A relay heard that it was applied. */
	accepted(event: ClaimedEvent): void {
		const sent = this.#sent(event);
		if (sent !== undefined) sent.isAccepted = sent.isApplied;
	}

	#sent({ eventId, leaseId }: ClaimedEvent): Sent | undefined {
		return this.of(eventId)?.sent.find((sent) => sent.leaseId === leaseId);
	}
}
