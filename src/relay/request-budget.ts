import type { Clock } from "../timing/clock.ts";

/** What a relay asks before each request, where several share a budget of requests in flight. */
export interface RequestSlots {
	/**
	 * How many requests this relay may have in flight now, those that it has included. At least one: it can always look
	 * for work.
	 */
	most(): number;
	/** A slot for one request. Null: there is none now; the relay is told when there may be. */
	take(): Slot | null;
	/** There is more to claim than it may have in flight: it is told when that changes. */
	want(): void;
}

/** One request's place in the budget. */
export interface Slot {
	/** @param answered whether Reward answered, with whatever it was */
	release(answered: boolean): void;
}

/** A request without an answer for this long, or three times as long as usual, is not waited for by others. */
const SILENT_MS = 500;
const TIMES_AS_LONG = 3;
const SILENT_AT_MOST_MS = 5_000;
/** How much the last answer counts in what is usual. */
const LATEST = 0.2;
/** Of the budget, what a relay whose requests are not being answered leaves to the others. */
const RESERVED = 1 / 4;
/**
 * Requests that hang are not counted. This many times the budget, and one for each relay, is the most that there can
 * be.
 */
const MOST_TIMES = 4;

/**
 * One budget of requests in flight, shared by the relays of many databases. A relay that is alone may take all of it.
 * When several want more than there is, each slot that becomes free goes to the one that holds fewest: their shares
 * become equal, and what one of them does not need the others take. Requests that hang are not counted, so that nobody
 * waits for their time-out.
 */
export class RequestBudget {
	readonly #size: number;
	readonly #clock: Clock;
	#members = 0;
	/** Those with requests in flight. */
	readonly #busy = new Set<Share>();
	readonly #waiting = new Set<Share>();
	#held = 0;
	#cancelTimer: (() => void) | undefined;
	#isTelling = false;

	/** @param size requests in flight at most, those that hang not counted */
	constructor(size: number, clock: Clock) {
		this.#size = size;
		this.#clock = clock;
	}

	/** Requests in flight that there can be at most, those that hang included. */
	static most(size: number, members: number): number {
		return MOST_TIMES * size + 2 * members;
	}

	get inFlight(): number {
		return this.#held;
	}

	/** Relays that have more to send than they have slots for. */
	get waiting(): number {
		return this.#waiting.size;
	}

	/** @param onRoom called when there may be a slot for it, after it wanted one in vain */
	join(onRoom: () => void): Share {
		const share = new Share(this.#clock, onRoom, {
			most: () => this.#most(share),
			mayTake: () => this.#mayTake(share),
			taken: () => {
				this.#held++;
				this.#busy.add(share);
			},
			released: () => {
				this.#held--;
				if (share.inFlight === 0) this.#busy.delete(share);
				this.#offer();
			},
			waits: (isWaiting) => this.#waits(share, isWaiting),
			left: () => this.#left(share),
		});
		this.#members++;
		return share;
	}

	#most(share: Share): number {
		const isContended = this.#waiting.size > (this.#waiting.has(share) ? 1 : 0);
		const free = Math.max(0, this.#size - this.#live);
		const open = isContended ? Math.max(this.#fairPart(share) + share.silent, share.inFlight) : share.inFlight + free;
		return Math.max(1, Math.min(open, this.#bound(share) + share.silent));
	}

	#mayTake(share: Share): boolean {
		if (share.inFlight - share.silent >= this.#bound(share)) return false;
		const free = this.#size - this.#live;
		if (free <= 0 || this.#isBehindOthers(share, free)) return false;
		if (this.#held < this.#size || share.inFlight === 0) return true;
		// Slots beyond the budget make up for those that hang, and nobody takes all of them.
		return share.inFlight < 2 * this.#fairPart(share) && this.#held < MOST_TIMES * this.#size + this.#members;
	}

	/** Requests in flight that are not hanging. */
	get #live(): number {
		let silent = 0;
		for (const share of this.#busy) silent += share.silent;
		return this.#held - silent;
	}

	/** Those with fewer requests that wait could use what is free. */
	#isBehindOthers(share: Share, free: number): boolean {
		let fewer = 0;
		for (const other of this.#waiting) if (other !== share && other.inFlight < share.inFlight) fewer++;
		return fewer >= free;
	}

	/** A relay that takes more than its part shows first that it gets answers. */
	#bound(share: Share): number {
		if (this.#members === 1 || share.isAnswered) return this.#size;
		return Math.max(1, Math.ceil(this.#size * (1 - RESERVED)));
	}

	/** What each would get if all that are at work wanted as much as they can have. */
	#fairPart(share: Share): number {
		let active = this.#busy.has(share) ? this.#busy.size : this.#busy.size + 1;
		for (const other of this.#waiting) if (other !== share && !this.#busy.has(other)) active++;
		return Math.max(1, Math.floor(this.#size / active));
	}

	#waits(share: Share, isWaiting: boolean): void {
		if (isWaiting) this.#waiting.add(share);
		else this.#waiting.delete(share);
		if (isWaiting) this.#watchSilence();
	}

	#left(share: Share): void {
		this.#waiting.delete(share);
		this.#members--;
		this.#busy.delete(share);
		this.#held -= share.inFlight;
		this.#offer();
	}

	/** Requests that begin to hang make room, and nobody else would tell. */
	#watchSilence(): void {
		if (this.#cancelTimer !== undefined || this.#waiting.size === 0) return;
		const now = this.#clock.now();
		const next = Math.min(...[...this.#busy].map((share) => share.nextSilentAt));
		if (!Number.isFinite(next)) return;
		this.#cancelTimer = this.#clock.after(Math.max(1, next - now), () => {
			this.#cancelTimer = undefined;
			this.#offer();
			this.#watchSilence();
		});
	}

	/** Tells those that wait, the one with the fewest requests first. */
	#offer(): void {
		if (this.#isTelling || this.#waiting.size === 0) return;
		this.#isTelling = true;
		try {
			for (const share of [...this.#waiting].sort((a, b) => a.inFlight - b.inFlight)) {
				if (!this.#mayTake(share)) continue;
				// It comes back when it is refused again, behind those that hold as many.
				this.#waiting.delete(share);
				share.onRoom();
			}
		} finally {
			this.#isTelling = false;
		}
	}
}

/** What a share needs of its budget. */
interface BudgetOfShare {
	most(): number;
	mayTake(): boolean;
	taken(): void;
	released(): void;
	waits(isWaiting: boolean): void;
	left(): void;
}

/** One relay's part of a budget. */
export class Share implements RequestSlots {
	readonly onRoom: () => void;
	readonly #clock: Clock;
	readonly #budget: BudgetOfShare;
	/** When its requests began, oldest first. */
	readonly #held = new Set<{ readonly since: number }>();
	#answeredAt = Number.NEGATIVE_INFINITY;
	#usualMs = 0;
	#hasLeft = false;

	/** Use {@link RequestBudget.join}. */
	constructor(clock: Clock, onRoom: () => void, budget: BudgetOfShare) {
		this.#clock = clock;
		this.onRoom = onRoom;
		this.#budget = budget;
	}

	get inFlight(): number {
		return this.#held.size;
	}

	/** Of these, how many hang. */
	get silent(): number {
		const before = this.#clock.now() - this.#patienceMs;
		let silent = 0;
		for (const { since } of this.#held) {
			if (since > before) break;
			silent++;
		}
		return silent;
	}

	/** When the next of them will hang, if nothing answers before; Infinity: none will. */
	get nextSilentAt(): number {
		const patienceMs = this.#patienceMs;
		const now = this.#clock.now();
		for (const { since } of this.#held) if (since + patienceMs > now) return since + patienceMs;
		return Number.POSITIVE_INFINITY;
	}

	/** Whether its requests are being answered. */
	get isAnswered(): boolean {
		return this.#clock.now() - this.#answeredAt < 2 * this.#patienceMs;
	}

	most(): number {
		return this.#budget.most();
	}

	take(): Slot | null {
		if (!this.#hasLeft && !this.#budget.mayTake()) {
			this.#budget.waits(true);
			return null;
		}
		this.#budget.waits(false);
		const held = { since: this.#clock.now() };
		this.#held.add(held);
		if (!this.#hasLeft) this.#budget.taken();
		return { release: (answered) => this.#release(held, answered) };
	}

	want(): void {
		if (!this.#hasLeft) this.#budget.waits(true);
	}

	/** From now on nothing of it counts. */
	leave(): void {
		if (this.#hasLeft) return;
		this.#hasLeft = true;
		this.#budget.left();
	}

	#release(held: { readonly since: number }, answered: boolean): void {
		if (!this.#held.delete(held)) return;
		if (answered) {
			this.#answeredAt = this.#clock.now();
			this.#usualMs += (this.#answeredAt - held.since - this.#usualMs) * LATEST;
		}
		if (!this.#hasLeft) this.#budget.released();
	}

	get #patienceMs(): number {
		return Math.min(SILENT_AT_MOST_MS, Math.max(SILENT_MS, this.#usualMs * TIMES_AS_LONG));
	}
}

const NOTHING_HELD: Slot = { release() {} };

/** A relay that has nobody to share with. */
export const UNSHARED: RequestSlots = {
	most: () => Number.POSITIVE_INFINITY,
	take: () => NOTHING_HELD,
	want() {},
};
