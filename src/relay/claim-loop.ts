import type { ClaimRequest } from "../store/claim.ts";
import { Wait } from "../timing/wait.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import type { Trip } from "./trip.ts";
import { WakeModes } from "./wake-mode.ts";

/**
 * Between two looks at a database that may not be the right one: an adoption, or the word of another relay, should not
 * wait for the poll.
 */
const UNCONFIRMED_MS = 1_000;
/** While there is more to read than slots, a claim gathers at least this long's worth of free slots. */
const GATHER_MS = 8;
/** Between two notifications for the other relays, while there is more to read than this one can send. */
const WAKE_OTHERS_MS = 500;
/**
 * How far a probe of Reward as a whole looks for an event whose trigger is not in trouble: claims, and events of each.
 */
const MOST_SEARCHES = 5;
const SEARCH_DEPTH = 100;
/** Between two looks at due events that could not be claimed just now: somebody holds their rows. */
const DUE_AGAIN_MS = 20;

export interface ClaimLoopOptions {
	readonly settings: RelaySettings;
	readonly parts: RelayParts;
	readonly session: DatabaseSession;
	readonly dispatcher: Dispatcher;
	readonly trip: Pick<Trip, "claim">;
	readonly port: Pick<RelayPort, "beside">;
}

/** Decides when to claim, how much, and what to leave out. */
export class ClaimLoop {
	readonly #options: ClaimLoopOptions;
	readonly wakeModes: WakeModes;
	readonly wait: Wait;
	/** A look is asked for: one that is under way may not see what it is for. */
	#look = true;
	#more = false;
	/** Triggers that the last claim left out, and those of which it took one at most. */
	#heldBack: readonly string[] = [];
	#probing: readonly string[] = [];
	/** Claims that found nothing for the probe that is due. */
	#searches = 0;
	#nextDueAt = 0;
	#polledAt = Number.NEGATIVE_INFINITY;
	#pollJitter = 1;
	#lastClaimAt = Number.NEGATIVE_INFINITY;
	#wakeOthersAt = 0;

	constructor(options: ClaimLoopOptions) {
		this.#options = options;
		this.wait = new Wait(options.parts.clock);
		this.wakeModes = new WakeModes(options.parts.clock, options.parts.wakeLock, (mustLook) => {
			if (mustLook) this.#look = true;
			this.wait.end();
		});
	}

	/** A writer, or somebody else, notified. */
	notified(): void {
		this.wakeModes.notified();
		this.wake();
	}

	/** Something was written, or somebody wants a look: claim as soon as possible. */
	wake(): void {
		this.#look = true;
		// It may be an operator's retry, or what another relay gave back.
		this.#dueAt(this.#options.parts.clock.now());
		this.wait.end();
	}

	/** An event will be due in `ms`. */
	dueIn(ms: number): void {
		this.#dueAt(this.#options.parts.clock.now() + ms);
		this.wait.end();
	}

	/** Results were recorded: slots are free, and what was held back because of them may go. */
	settled(): void {
		if (this.#heldBack.length > 0 || this.#probing.length > 0) this.#dueAt(this.#options.parts.clock.now());
		this.wait.end();
	}

	/** One round. Returns how many milliseconds to wait before the next. */
	async round(): Promise<number> {
		const { parts, settings, session, dispatcher } = this.#options;
		if (!(await session.confirm())) return Math.min(settings.pollIntervalMs, UNCONFIRMED_MS);
		const now = parts.clock.now();
		if (now >= this.#nextPollAt) this.#poll(now);
		const due = now >= this.#nextDueAt;
		if (!this.#look && !this.#more && !due && now < this.wakeModes.lookAt) return this.#msUntilNextLook();

		const { free, worthwhile, waitMs } = dispatcher.room();
		if (free === 0) {
			this.wakeModes.behind();
			return waitMs ?? this.#nextPollAt - now;
		}
		const gatheringMs = this.#more && !worthwhile ? this.#lastClaimAt + GATHER_MS - now : 0;
		if (gatheringMs > 0) return gatheringMs;

		const read = await this.#claim(free, due);
		this.wakeModes.looked(read, parts.clock.now() - this.#lastClaimAt);
		if (this.#more) {
			this.wakeModes.behind();
			this.#wakeOthers(now);
		}
		return this.#more || this.#searches > 0 ? 0 : this.#msUntilNextLook();
	}

	/** Claims up to `room` events. Returns how many were read, with those that have to wait. */
	async #claim(room: number, isDue: boolean): Promise<number> {
		const { parts, settings, session, dispatcher, trip } = this.#options;
		const searching = dispatcher.breakerOpen && this.#searches < MOST_SEARCHES;
		const { heldBack, probing, until } = dispatcher.restrictions(searching);
		const lookForDue = this.#restrict(heldBack, probing) || isDue;
		const request: ClaimRequest = {
			relayNo: session.relayNo,
			headLease: parts.newId(),
			dueLease: parts.newId(),
			leaseMs: settings.leaseMs,
			limit: searching ? Math.max(room, SEARCH_DEPTH) : room,
			lookForDue,
			heldBack,
			probing,
			known: session.known,
		};
		this.#look = false;
		// What becomes due while the claim is under way must not be overwritten by an answer that could not know of it.
		if (lookForDue) this.#nextDueAt = Number.POSITIVE_INFINITY;
		this.#lastClaimAt = parts.clock.now();
		const claim = await trip.claim(request).catch((error) => this.#lookAgain(error));
		const now = parts.clock.now();
		this.#more = claim.more;
		this.#searched(searching, claim.events.length, claim.more);
		if (claim.nextDueMs !== undefined) this.#dueAt(now + this.#msUntilDue(claim.nextDueMs, claim.events.length));
		else if (lookForDue) this.#dueAt(now);
		if (until !== undefined) this.#dueAt(until);
		return claim.events.length + claim.moved;
	}

	/**
	 * Takes the restrictions of the claim that begins: before its answer, because results that are recorded meanwhile may
	 * be what the rest waits for. Returns whether a trigger may go now that might not before: its events wait among those
	 * that are due.
	 */
	#restrict(heldBack: readonly string[], probing: readonly string[]): boolean {
		const [held, probed] = [new Set(heldBack), new Set(probing)];
		const isFreer =
			this.#heldBack.some((id) => !held.has(id)) || this.#probing.some((id) => !held.has(id) && !probed.has(id));
		[this.#heldBack, this.#probing] = [heldBack, probing];
		return isFreer;
	}

	/**
	 * Keeps looking for something to probe Reward with, first among triggers that are not in trouble, then whatever there
	 * is.
	 */
	#searched(searching: boolean, found: number, more: boolean): void {
		if (!searching || found > 0) this.#searches = 0;
		else {
			this.#searches = more ? this.#searches + 1 : MOST_SEARCHES;
			this.#look = true;
			this.#dueAt(this.#options.parts.clock.now());
		}
	}

	/** Nothing was claimed, or nothing of it was kept. */
	#lookAgain(error: unknown): never {
		this.#look = true;
		this.#dueAt(this.#options.parts.clock.now());
		throw error;
	}

	/** While this relay looks by itself nobody notifies the others; when it has more than it can send, it does. */
	#wakeOthers(now: number): void {
		if (this.wakeModes.mode === "listening" || now < this.#wakeOthersAt) return;
		this.#wakeOthersAt = now + WAKE_OTHERS_MS;
		this.#options.port.beside(this.#options.parts.store.wakeRelays());
	}

	#poll(now: number): void {
		this.#look = true;
		this.#dueAt(now);
		this.#polledAt = now;
		this.#pollJitter = 0.9 + this.#options.parts.random() * 0.2;
	}

	/** Rarer while it is notified, and again as often from the moment on when it is not. */
	get #nextPollAt(): number {
		const { pollIntervalMs, pace } = this.#options.settings;
		const intervals = this.wakeModes.mode === "listening" ? pace.listeningPolls : 1;
		return this.#polledAt + pollIntervalMs * intervals * this.#pollJitter;
	}

	#msUntilDue(nextDueMs: number | null, found: number): number {
		if (nextDueMs === null) return Number.POSITIVE_INFINITY;
		return found > 0 ? nextDueMs : Math.max(nextDueMs, DUE_AGAIN_MS);
	}

	#dueAt(time: number): void {
		this.#nextDueAt = Math.min(this.#nextDueAt, time);
	}

	#msUntilNextLook(): number {
		if (this.#look) return 0;
		return Math.min(this.#nextPollAt, this.#nextDueAt, this.wakeModes.lookAt) - this.#options.parts.clock.now();
	}
}
