import type { Clock } from "./clock.ts";

/** What tells writers whether to ring. */
export interface Mark {
	readonly held: boolean;
	raise(): Promise<boolean>;
	lower(): Promise<string>;
	passed(horizon: string): Promise<boolean>;
}

/**
 * `asleep`: writers ring. `awake`: the relay looks by itself, so often that ringing would only cost the writers time.
 * `drowsy`: the mark is down, but transactions that saw it may still commit without ringing; it goes on looking until
 * they have all ended.
 */
export type WakeMode = "asleep" | "awake" | "drowsy";

/** Events per second from which on looking is cheaper for everybody than being rung, and below which it no longer is. */
const WAKE_AT_PER_S = 300;
const SLEEP_BELOW_PER_S = 150;
const WINDOW_MS = 250;
/** How long the rate must stay low before the relay goes to sleep. */
const QUIET_MS = 1_000;
const SHORTEST_LOOK_MS = 1;
const LONGEST_LOOK_MS = 5;
const DROWSY_LOOK_MS = 10;
/** Between two attempts to raise the mark while another relay holds it. */
const RAISE_AGAIN_MS = 250;

/** Decides by the rate of events whether the relay waits to be rung or looks by itself. */
export class Wakefulness {
	readonly #clock: Clock;
	readonly #mark: Mark;
	/** A predecessor may have died awake: whoever saw its mark has yet to be waited for. */
	#mode: WakeMode = "drowsy";
	#horizon: string | undefined;
	#busy = false;
	#raiseAt = 0;
	#windowStart = 0;
	#found = 0;
	#busyUntil = 0;
	#emptyLooks = 0;
	#lookAt = 0;

	constructor(clock: Clock, mark: Mark) {
		this.#clock = clock;
		this.#mark = mark;
	}

	get mode(): WakeMode {
		return this.#mode;
	}

	/** When to look without having been rung; Infinity: not at all. */
	get lookAt(): number {
		return this.#lookAt;
	}

	/** A claim found that many events. Never waits: the mark is raised and lowered beside the work. */
	looked(found: number): void {
		const now = this.#clock.now();
		this.#measure(now, found);
		this.#emptyLooks = found > 0 ? 0 : this.#emptyLooks + 1;
		if (this.#mode !== "awake" && now < this.#busyUntil) this.#mode = "awake";
		else if (this.#mode === "awake" && now >= this.#busyUntil) this.#becomeDrowsy();
		if (this.#mode === "awake" && !this.#mark.held && now >= this.#raiseAt) {
			this.#raiseAt = now + RAISE_AGAIN_MS;
			this.#beside(async () => void (await this.#mark.raise()));
		} else if (this.#mode === "drowsy") this.#beside(() => this.#fallAsleep());
		this.#lookAt = now + this.#pauseMs();
	}

	#measure(now: number, found: number): void {
		this.#found += found;
		const elapsed = now - this.#windowStart;
		// A single burst says nothing of a rate: it takes a window's time to count.
		if (elapsed < WINDOW_MS) return;
		const perSecond = elapsed > 4 * WINDOW_MS ? 0 : (this.#found / elapsed) * 1000;
		if (perSecond >= (this.#mode === "awake" ? SLEEP_BELOW_PER_S : WAKE_AT_PER_S)) this.#busyUntil = now + QUIET_MS;
		this.#found = 0;
		this.#windowStart = now;
	}

	#becomeDrowsy(): void {
		this.#mode = "drowsy";
		this.#horizon = undefined;
	}

	/** Lowers the mark, then waits for every transaction that may have seen it. One more look follows when they have ended. */
	async #fallAsleep(): Promise<void> {
		this.#horizon ??= await this.#mark.lower();
		if (!(await this.#mark.passed(this.#horizon)) || this.#mode !== "drowsy") return;
		this.#mode = "asleep";
		this.#lookAt = this.#clock.now();
	}

	#pauseMs(): number {
		switch (this.#mode) {
			case "asleep":
				return Number.POSITIVE_INFINITY;
			case "drowsy":
				return DROWSY_LOOK_MS;
			case "awake":
				return Math.min(LONGEST_LOOK_MS, SHORTEST_LOOK_MS * 2 ** Math.min(this.#emptyLooks, 8));
			default:
				return this.#mode satisfies never;
		}
	}

	/** One piece of work on the mark at a time. If it fails, the next look tries again. */
	#beside(work: () => Promise<void>): void {
		if (this.#busy) return;
		this.#busy = true;
		work()
			.catch(() => {})
			.finally(() => {
				this.#busy = false;
			});
	}
}
