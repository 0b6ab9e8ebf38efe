import { doubledMs } from "../event/backoff.ts";
import type { Clock } from "../timing/clock.ts";

/**
 * How a relay learns that there is something to claim.
 *
 * - `polling`: it looks every few milliseconds, because events arrive so fast that notifying would only cost the
 *   writers time.
 * - `draining`: it has asked to be notified. Writers notify from now on, but transactions that began earlier may still
 *   commit without; it looks now and then until all of those have ended.
 * - `listening`: every event is notified. It does not look by itself.
 * - `standby`: nobody is asked to notify on its behalf: another relay is, or none may. It looks when that one has more
 *   than it can send, and at the poll interval.
 */
export type WakeMode = "polling" | "draining" | "listening" | "standby";

/**
 * `busy`, `quiet`: events arrive faster, or slower, than notifying pays. `chosen`, `dismissed`: this relay is, or is no
 * longer, the one that asks to be notified. `held`, `lost`: the wake lock was granted, or went with its session.
 */
export type WakeEvent = "busy" | "quiet" | "chosen" | "dismissed" | "held" | "lost";

/** What a transition needs beside the new mode: the lock requested or released, and a look. */
export interface WakeStep {
	readonly mode: WakeMode;
	readonly lock?: "request" | "release";
	/** Look at once: what was written before may not be notified, or was already. */
	readonly look?: true;
}

const stay = (mode: WakeMode): WakeStep => ({ mode });
const POLL: WakeStep = { mode: "polling", lock: "release", look: true };
const ASK: WakeStep = { mode: "draining", lock: "request", look: true };
const STAND_BY: WakeStep = { mode: "standby", lock: "release", look: true };

/** The whole protocol of the relay's side; `models/wake.pml` is made of the same steps. */
export const WAKE_STEPS: Readonly<Record<WakeMode, Readonly<Record<WakeEvent, WakeStep>>>> = {
	standby: {
		busy: POLL,
		quiet: stay("standby"),
		chosen: ASK,
		dismissed: stay("standby"),
		held: STAND_BY,
		lost: stay("standby"),
	},
	polling: {
		busy: stay("polling"),
		quiet: STAND_BY,
		chosen: stay("polling"),
		dismissed: stay("polling"),
		held: POLL,
		lost: stay("polling"),
	},
	draining: {
		busy: POLL,
		quiet: stay("draining"),
		chosen: stay("draining"),
		dismissed: STAND_BY,
		// Everybody who wrote in silence has ended: this look finds all of it, and what comes later is notified.
		held: { mode: "listening", look: true },
		lost: ASK,
	},
	listening: {
		busy: POLL,
		quiet: stay("listening"),
		chosen: stay("listening"),
		dismissed: STAND_BY,
		held: stay("listening"),
		lost: ASK,
	},
};

/** The lock by which writers know whether to notify. Both calls return at once. */
export interface WakeLock {
	/** The server's process id of the session that holds it; null: this relay does not. */
	readonly heldBy: number | null;
	/** Waits for it; the relay is told when it is held and when it is lost. */
	request(): void;
	release(): void;
}

/**
 * Transactions that notify commit one after the other, each with its flush. At this share of the time spent on that
 * they begin to wait for each other, and what they can do then never looks like much: it is the share that tells, not
 * the rate.
 */
const BUSY_SHARE = 0.25;
/**
 * Events per second from which on looking is cheaper for everybody than being notified, however short a flush is; and
 * on however long a one.
 */
const BUSY_MOST_PER_S = 300;
const BUSY_LEAST_PER_S = 20;
const WINDOW_MS = 250;
/** A claim of no more events than this takes about as long as its commit. */
const FEW = 16;
/** How much of what a commit took before the newest one changes. */
const SMOOTHING = 0.2;
/** How long the rate must stay low before the relay asks to be notified. */
const QUIET_MS = 1_000;
const SHORTEST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 5;
const FIRST_DRAINING_LOOK_MS = 5;

/** Keeps the mode, and knows when to look next. */
export class WakeModes {
	readonly #clock: Clock;
	readonly #lock: WakeLock;
	readonly #onChange: (mustLook: boolean) => void;
	#mode: WakeMode = "standby";
	#chosen = false;
	#windowStart = 0;
	#found = 0;
	#notifiedSince = 0;
	#notified = 0;
	#commitMs = 1;
	#busyUntil = 0;
	#emptyLooks = 0;
	#drainingSince = 0;
	#lookAt = 0;

	/**
	 * @param onChange the mode is another one. `mustLook`: what the step is for is seen only by a look that begins after
	 *   it
	 */
	constructor(clock: Clock, lock: WakeLock, onChange: (mustLook: boolean) => void) {
		this.#clock = clock;
		this.#lock = lock;
		this.#onChange = onChange;
	}

	get mode(): WakeMode {
		return this.#mode;
	}

	/** When to look without having been notified; Infinity: not at all. */
	get lookAt(): number {
		return this.#lookAt;
	}

	/** There is more to read than there is room for: it will look as soon as there is, notified or not. */
	behind(): void {
		this.#busyUntil = this.#clock.now() + QUIET_MS;
		this.on("busy");
	}

	/** A writer notified. It counts as one, however many events it wrote. */
	notified(): void {
		if (this.#mode !== "listening" && this.#mode !== "draining") return;
		const now = this.#clock.now();
		if (now - this.#notifiedSince >= WINDOW_MS) {
			this.#notifiedSince = now;
			this.#notified = 0;
		}
		this.#notified++;
		if (this.#notified < (this.#busyFromPerS * WINDOW_MS) / 1000) return;
		this.#busyUntil = now + QUIET_MS;
		this.on("busy");
	}

	/** A claim read that many events, and took so long. */
	looked(found: number, tookMs: number): void {
		const now = this.#clock.now();
		if (found > 0 && found <= FEW) this.#commitMs += (tookMs - this.#commitMs) * SMOOTHING;
		this.#measure(now, found);
		this.#emptyLooks = found > 0 ? 0 : this.#emptyLooks + 1;
		this.#lookAt = now + this.#pauseMs(now);
		if (now < this.#busyUntil) this.on("busy");
		else if (this.#mode === "polling") {
			this.on("quiet");
			if (this.#chosen) this.on("chosen");
		}
	}

	/** Whether this relay is the one that asks to be notified. */
	choose(chosen: boolean): void {
		this.#chosen = chosen;
		this.on(chosen ? "chosen" : "dismissed");
	}

	on(event: WakeEvent): void {
		const before = this.#mode;
		const step = WAKE_STEPS[before][event];
		this.#mode = step.mode;
		const now = this.#clock.now();
		if (step.mode === "draining" && before !== "draining") this.#drainingSince = now;
		if (step.lock === "request") this.#lock.request();
		if (step.lock === "release") this.#lock.release();
		if (step.look || step.mode !== before) this.#onChange(step.look === true);
	}

	#measure(now: number, found: number): void {
		this.#found += found;
		const elapsed = now - this.#windowStart;
		// A single burst says nothing of a rate: it takes a window's time to count.
		if (elapsed < WINDOW_MS) return;
		const perSecond = elapsed > 4 * WINDOW_MS ? 0 : (this.#found / elapsed) * 1000;
		// Twice as many to begin with as to go on: what is near the limit does not go back and forth.
		if (perSecond >= this.#busyFromPerS / (this.#mode === "polling" ? 2 : 1)) this.#busyUntil = now + QUIET_MS;
		this.#found = 0;
		this.#windowStart = now;
	}

	get #busyFromPerS(): number {
		return Math.min(BUSY_MOST_PER_S, Math.max(BUSY_LEAST_PER_S, (BUSY_SHARE * 1000) / this.#commitMs));
	}

	#pauseMs(now: number): number {
		switch (this.#mode) {
			case "standby":
			case "listening":
				return Number.POSITIVE_INFINITY;
			case "draining":
				// What is waited for is older than the wait: looking after twice the time it has lasted keeps nothing waiting
				// for long that was not written long ago, and costs nothing beside a transaction that stays open for hours.
				return Math.max(FIRST_DRAINING_LOOK_MS, now - this.#drainingSince);
			case "polling":
				return doubledMs(SHORTEST_LOOK_MS, this.#emptyLooks, LONGEST_LOOK_MS);
			default:
				return this.#mode satisfies never;
		}
	}
}
