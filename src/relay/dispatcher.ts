import type { HoldingReport } from "../event/holding.ts";
import type { Outcome } from "../event/outcome.ts";
import type { Pause } from "../event/pause.ts";
import type { ClaimedEvent } from "../store/claim.ts";
import type { Clock } from "../timing/clock.ts";
import { Breaker } from "./breaker.ts";
import { KeyPause } from "./key-pause.ts";
import type { RelayPort } from "./port.ts";
import type { RequestSlots, Slot } from "./request-budget.ts";
import { type Restrictions, TriggerGates } from "./trigger-gates.ts";

/** A claimed event and until when it may still be sent. */
export interface ReadyEvent {
	readonly event: ClaimedEvent;
	/** Monotonic. From then on too little of the lease is left for a whole request. */
	readonly sendBefore: number;
	/** Monotonic, before the claim was sent. */
	readonly claimedAt: number;
}

export interface DispatcherOptions {
	readonly clock: Clock;
	readonly random: () => number;
	/** Requests in flight at most. */
	readonly concurrency: number;
	/** What relays of other databases leave of a budget that all share. */
	readonly shared: RequestSlots;
	readonly port: Pick<RelayPort, "mayBeSentUntil" | "deliver" | "giveBack" | "keyPauseChanged">;
}

export interface Room {
	/** Events that could be put to use now. */
	readonly free: number;
	/** Whether that is worth a claim while there is more to read than can be sent. */
	readonly worthwhile: boolean;
	/** Until a probe may be made, or a trigger that hangs gives way; undefined: only an answer makes room. */
	readonly waitMs: number | undefined;
}

/** Results that may wait to be written per slot, before sending stops. */
const UNWRITTEN_PER_SLOT = 4;
/** Claimed ahead at most: what is sent within this time, so that slots are never idle while a claim is on its way. */
const PREFETCH_MS = 25;
const MOST_PREFETCH = 512;
/** How fast it sends is counted over at least this long; what is longer ago says nothing of now. */
const RATE_WINDOW_MS = 50;
const OLD_RATE_MS = 1_000;
/** Events that were handed out and are still in the list, before it is copied without them. */
const MOST_HANDED_OUT = 1024;

/** Hands out claimed events as slots allow. Knows nothing of the database, and sends nothing itself. */
export class Dispatcher {
	readonly #options: DispatcherOptions;
	readonly #gates: TriggerGates;
	readonly #breaker: Breaker;
	readonly #pause = new KeyPause();
	#ready: ReadyEvent[] = [];
	#next = 0;
	#inFlight = 0;
	/** Of the budget, by event. */
	readonly #taken = new Map<string, Slot>();
	#closed = false;
	#held = false;
	#unwritten = 0;
	#canRecord = true;
	/** Since when results have kept it from sending. */
	#unwrittenSince: number | undefined;
	#sentInWindow = 0;
	#windowStart = 0;
	#perMs = 0;

	constructor(options: DispatcherOptions) {
		this.#options = options;
		this.#gates = new TriggerGates(options.concurrency);
		this.#breaker = new Breaker(options.concurrency);
	}

	get inFlight(): number {
		return this.#inFlight;
	}

	/** Results not yet on record. */
	get unwritten(): number {
		return this.#unwritten;
	}

	get waiting(): number {
		return this.#ready.length - this.#next;
	}

	/** Why nothing but probes is sent; null: it is. */
	get pause(): Pause | null {
		const { reason } = this.#pause;
		return reason === null ? null : { code: "key_refused", reason };
	}

	get breakerOpen(): boolean {
		return this.#breaker.open;
	}

	/** What is held back and why, apart from a pause; null: nothing is. */
	get holding(): HoldingReport | null {
		const now = this.#options.clock.now();
		const everything = this.#holdsEverything(now);
		const { triggers, counts } = this.#gates.holding(now, { ignoreTrouble: this.#breaker.open });
		return everything === null && triggers.length === 0 ? null : { everything, triggers, counts };
	}

	#holdsEverything(now: number): HoldingReport["everything"] {
		if (this.#unwrittenSince !== undefined)
			return { code: "results_unwritten", since_ms: now - this.#unwrittenSince, until_ms: null };
		const { openedAt, probeAt } = this.#breaker;
		if (openedAt === undefined || probeAt === undefined) return null;
		return { code: "reward_down", since_ms: now - openedAt, until_ms: probeAt > now ? probeAt - now : null };
	}

	/**
	 * What could be claimed now. All of it is judged at one moment: two readings of the clock could fall on both sides of
	 * a time.
	 */
	room(): Room {
		const now = this.#options.clock.now();
		const waitMs = this.#msUntilRoom(now);
		const slots = this.#slots(now);
		if (slots <= 0) return { free: 0, worthwhile: false, waitMs };
		const granted = this.#options.shared.most();
		const capacity = Math.min(slots, granted) + (slots >= this.#options.concurrency ? this.#prefetch(now) : 0);
		const free = Math.max(0, capacity - this.#inFlight - this.waiting);
		if (free === 0 && granted < slots) this.#options.shared.want();
		return { free, worthwhile: free >= capacity / 2, waitMs };
	}

	/**
	 * Which triggers a claim must leave out or take one event of.
	 * @param searching whether Reward answers again is to be asked, if possible with a trigger that is not in trouble
	 */
	restrictions(searching: boolean): Restrictions {
		const now = this.#options.clock.now();
		if (!this.#breaker.open) return this.#gates.restrictions(now);
		// While nothing works, trouble says nothing about a single trigger.
		if (!searching) return this.#gates.restrictions(now, { ignoreTrouble: true });
		const { heldBack, probing, until } = this.#gates.restrictions(now);
		return { heldBack: [...heldBack, ...probing], probing: [], until };
	}

	/**
	 * An answer is there: its slot is free, and what it says of the key, of Reward and of the trigger is taken note of.
	 */
	answered(event: ClaimedEvent, startedAt: number, outcome: Outcome): void {
		const { clock, port } = this.#options;
		const now = clock.now();
		const random = this.#options.random();
		this.#inFlight--;
		this.#taken.get(event.eventId)?.release(outcome.httpStatus !== null);
		this.#taken.delete(event.eventId);
		this.#unwritten++;
		this.#gates.finished(now, event.triggerId, event.eventId, outcome, random);
		this.#breaker.record(now, startedAt, event.triggerId, event.eventId, outcome, random);
		const change = this.#pause.record(now, startedAt, event.eventId, outcome);
		this.#holdForRecord(now);
		if (change !== undefined) port.keyPauseChanged(this.pause);
		this.pump();
	}

	/** `count` results are on record, or never will be. */
	recorded(count: number): void {
		this.#unwritten -= count;
		this.mayRecord(true);
	}

	/** Whether results can be put on record: sending stops before it can no longer be recorded. */
	mayRecord(possible: boolean): void {
		this.#canRecord = possible;
		this.#holdForRecord(this.#options.clock.now());
	}

	accept(events: readonly ReadyEvent[]): void {
		for (const event of events) this.#ready.push(event);
		this.pump();
	}

	/** Sends what may be sent now, and gives back what has lost its chance. */
	pump(): void {
		const slots = this.#slots(this.#options.clock.now());
		const returned: ClaimedEvent[] = [];
		while (this.#next < this.#ready.length) {
			const { event, sendBefore, claimedAt } = this.#ready[this.#next] as ReadyEvent;
			// Read for each: the process may stand still at any point, and what is sent must have its whole deadline within
			// its lease.
			const now = this.#options.clock.now();
			const returnable =
				this.#closed ||
				now >= sendBefore ||
				now >= this.#options.port.mayBeSentUntil(claimedAt) ||
				this.#gates.mustWait(now, event.triggerId, { ignoreTrouble: this.#breaker.open }) ||
				(slots === 0 && this.#isHalted);
			if (!returnable && this.#inFlight >= slots) break;
			const slot = returnable ? null : this.#options.shared.take();
			if (!returnable && slot === null) break;
			this.#next++;
			if (slot === null) returned.push(event);
			else this.#send(event, now, slot);
		}
		if (this.#next === this.#ready.length || this.#next > MOST_HANDED_OUT) {
			this.#ready = this.#ready.slice(this.#next);
			this.#next = 0;
		}
		if (returned.length > 0) this.#options.port.giveBack(returned);
	}

	/** Whether everything is to be given back unsent, because the database it was claimed in may not be the right one. */
	hold(held: boolean): void {
		this.#held = held;
		this.pump();
	}

	/** From now on everything accepted is given back. */
	close(): void {
		this.#closed = true;
		this.pump();
	}

	/** A new key was read: find out at once whether it is good. */
	probeNow(): void {
		this.#pause.probeNow(this.#options.clock.now());
	}

	#holdForRecord(now: number): void {
		this.#unwrittenSince = this.#canBeRecorded ? undefined : (this.#unwrittenSince ?? now);
	}

	/** What is sent now can be put on record. */
	get #canBeRecorded(): boolean {
		return this.#canRecord && this.#unwritten <= this.#options.concurrency * UNWRITTEN_PER_SLOT + MOST_PREFETCH;
	}

	get #isHalted(): boolean {
		return this.#held || this.#breaker.open || this.#pause.reason !== null;
	}

	#slots(now: number): number {
		if (this.#closed || this.#held || !this.#canBeRecorded) return 0;
		const most = this.#options.concurrency;
		const allowed = Math.min(
			this.#breaker.allowed(now, this.#inFlight),
			this.#pause.allowed(now, this.#inFlight, most),
		);
		return allowed < most ? allowed : most + this.#gates.stalled(now);
	}

	#msUntilRoom(now: number): number | undefined {
		const times = [this.#breaker.probeAt, this.#pause.probeAt].filter((time) => time !== undefined && time > now);
		if (times.length > 0) return Math.max(...(times as number[])) - now;
		const stallAt = this.#isHalted ? undefined : this.#gates.nextStallAt(now);
		return stallAt === undefined ? undefined : stallAt - now;
	}

	#send(event: ClaimedEvent, now: number, slot: Slot): void {
		this.#inFlight++;
		this.#taken.set(event.eventId, slot);
		this.#sentInWindow++;
		this.#gates.started(now, event.triggerId, event.eventId);
		this.#options.port.deliver({ event, startedAt: now });
	}

	#prefetch(now: number): number {
		const elapsed = now - this.#windowStart;
		if (elapsed >= RATE_WINDOW_MS) {
			this.#perMs = elapsed > OLD_RATE_MS ? 0 : this.#sentInWindow / elapsed;
			this.#sentInWindow = 0;
			this.#windowStart = now;
		}
		return Math.min(MOST_PREFETCH, Math.floor(this.#perMs * PREFETCH_MS));
	}
}
