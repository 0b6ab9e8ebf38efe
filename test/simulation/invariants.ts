import type { ClaimedEvent } from "../../src/store/claim.ts";
import type { Event, Tables } from "./database/tables.ts";
import { statusOf } from "./database/views.ts";
import type { EventBook, Expected, Sent } from "./event-book.ts";

/** Something that must never be, and was. */
export interface Violation {
	/** As in the list of invariants: I1 … I10. */
	readonly invariant: string;
	readonly finding: string;
	/** Milliseconds since the story began. */
	readonly at: number;
}

const ENDED: ReadonlySet<string> = new Set(["delivered", "dead", "cancelled", "uncertain"]);
/** Under way, or to be: it holds its ordering key, unless it had ended once and was let go behind others. */
const OPEN: ReadonlySet<string> = new Set(["pending", "sending", "uncertain"]);

export interface InvariantsOptions {
	readonly tables: Tables;
	readonly book: EventBook;
	readonly now: () => number;
	/** What the database's clock says. */
	readonly wallMs: () => number;
	/** Requests that one relay may have in flight. */
	readonly mostInFlight: number;
	/** No clock is set, and none stands still: what relays and the database say of a time is the same. */
	readonly clocksAgree: boolean;
}

/** What must hold after every step of a story, whatever happens in it. The first violation is kept. */
export class Invariants {
	readonly #options: InvariantsOptions;
	#violation: Violation | null = null;
	#open = 0;

	constructor(options: InvariantsOptions) {
		this.#options = options;
	}

	get violation(): Violation | null {
		return this.#violation;
	}

	/** As of the last statement: everything that was committed has ended. */
	get isAtRest(): boolean {
		return this.#open === 0;
	}

	violated(invariant: string, finding: string): void {
		this.#violation ??= { invariant, finding, at: this.#options.now() };
	}

	/** An event is under a claim that was committed. */
	claimed(row: Event): void {
		this.#isNotDelivered(row);
		this.#isFirstOfItsKey(row);
	}

	/** The first byte of a request leaves. */
	leaves(event: ClaimedEvent): void {
		const { book } = this.#options;
		const lease = book.leaseOf(event);
		const which = `${book.name(event.eventId)}, attempt ${event.attempt}`;
		if (lease === undefined) this.violated("I5", `${which} was sent before its claim was committed`);
		else if (this.#hasExpired(event.leaseId)) this.violated("lease", `${which} was sent after its lease had ended`);
		if (lease?.isSent) this.violated("I3", `${which} was sent twice under one claim`);
		if (lease?.isReturned) this.violated("I3", `${which} was sent after it had been given back`);
		const row = this.#row(event.eventId);
		const isTrue = row?.triggerId === event.triggerId && row.userId === event.userId && row.payload === event.body;
		if (!isTrue) this.violated("I2", `${which} is not what was written, or is not committed`);
	}

	inFlight(relay: string, count: number): void {
		const { mostInFlight } = this.#options;
		if (count > mostInFlight) this.violated("I8", `${relay} has ${count} requests in flight`);
	}

	/** Reward applied a request. */
	applied(expected: Expected): void {
		const applied = expected.sent.filter(({ isApplied }) => isApplied);
		if (applied.length < 2 || expected.mayDouble) return;
		const which = this.#options.book.name(expected.id);
		if (expected.atMostOnce) this.violated("I4", `${which} was applied ${applied.length} times`);
		const last = Math.max(...applied.map(({ attempt }) => attempt));
		const unexplained = applied.find((sent) => sent.attempt < last && !this.#isDoubtful(expected, sent));
		const sameTwice = applied.filter(({ attempt }) => attempt === last).length > 1;
		if (unexplained !== undefined || sameTwice)
			this.violated("I3", `${which} was applied again, and nothing on record explains it`);
	}

	/** After every statement. */
	check(): void {
		const { book, tables } = this.#options;
		if (tables.events.size !== book.committed) this.violated("I1", "an event that was committed is gone");
		this.#open = 0;
		for (const expected of book.all) {
			const row = tables.events.get(expected.id);
			if (row === undefined) continue;
			const status = statusOf(tables, row);
			if (!ENDED.has(status)) this.#open++;
			if (status === expected.lastStatus) continue;
			this.#mayChange(expected, row, status);
			expected.lastStatus = status;
		}
	}

	/** Once everything has come to rest. */
	checkEnd(): void {
		const { book, tables } = this.#options;
		this.check();
		for (const expected of book.all) {
			const row = this.#row(expected.id);
			if (row === undefined) continue;
			const status = statusOf(tables, row);
			const which = `${book.name(expected.id)} (${status})`;
			if (!ENDED.has(status)) this.violated("I7", `${which} did not end`);
			for (const sent of expected.sent) this.#isOnRecord(row, sent, which);
			if (status === "delivered" && !expected.isResolved && !expected.sent.some(({ isApplied }) => isApplied))
				this.violated("I1", `${which} was never applied`);
		}
	}

	#isOnRecord({ attempts }: Event, { attempt, isApplied }: Sent, which: string): void {
		const recorded = attempts.filter((one) => one.attempt === attempt);
		if (recorded.length === 0) this.violated("I3", `${which}: attempt ${attempt} was sent, and is not on record`);
		const isDenied = recorded.every(({ outcome }) => outcome === "refused" || outcome === "not_sent");
		if (isApplied && isDenied)
			this.violated("I3", `${which}: attempt ${attempt} was applied, and the record denies it`);
	}

	/** Others may send by now what was claimed under it. */
	#hasExpired(leaseId: string): boolean {
		const { tables, clocksAgree, wallMs } = this.#options;
		const lease = tables.claims.get(leaseId);
		return clocksAgree && (lease === undefined || lease.expiresAt < wallMs());
	}

	#row(eventId: string): Event | undefined {
		return this.#options.tables.events.get(eventId);
	}

	#isNotDelivered({ id, attempts }: Event): void {
		const { book } = this.#options;
		const isAccepted = attempts.some(({ outcome }) => outcome === "accepted");
		if (isAccepted && !book.of(id)?.mayDouble)
			this.violated("I3", `${book.name(id)} was claimed again after it had been accepted`);
	}

	/** What was committed before it was inserted goes before it, unless it has ended. */
	#isFirstOfItsKey(row: Event): void {
		const { tables, book } = this.#options;
		const expected = book.of(row.id);
		if (expected === undefined || row.orderingKey === null) return;
		for (const other of book.ofKey(row.orderingKey)) {
			const before = tables.events.get(other.id);
			if (other === expected || before === undefined) continue;
			const status = statusOf(tables, before);
			const names = `${book.name(row.id)} and ${book.name(other.id)}`;
			if (status === "sending") this.violated("I10", `${names} of one ordering key are under way together`);
			else if (!other.hasEnded && other.committedAt < expected.insertedAt && OPEN.has(status))
				this.violated("I10", `${names} of one ordering key: the second was there first, and is still ${status}`);
		}
	}

	#isDoubtful({ id }: Expected, { attempt }: Sent): boolean {
		const row = this.#row(id);
		return row?.attempts.some((one) => one.attempt === attempt && one.outcome === "ambiguous") ?? false;
	}

	/** What ended stays ended, and nothing is delivered that Reward did not accept; unless a person said so. */
	#mayChange(expected: Expected, row: Event, status: string): void {
		const which = this.#options.book.name(expected.id);
		const before = expected.lastStatus;
		expected.hasEnded ||= ENDED.has(status) && status !== "uncertain";
		if (status === "delivered" && !expected.isResolved) {
			const isAccepted = row.attempts.some(
				({ attempt, outcome }) =>
					outcome === "accepted" && expected.sent.some((sent) => sent.attempt === attempt && sent.isAccepted),
			);
			if (!isAccepted) this.violated("I9", `${which} counts as delivered, and Reward did not accept it`);
		}
		if (before === "delivered" && !expected.mayDouble)
			this.violated("I9", `${which} was delivered, and is ${status} again`);
		const isDecided = expected.decidedStatus === status;
		if ((before === "dead" || before === "cancelled" || before === "uncertain") && status !== "delivered" && !isDecided)
			this.violated("I9", `${which} was ${before}, and is ${status} without anybody's decision`);
	}
}
