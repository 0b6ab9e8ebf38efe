import type { Clock } from "../../src/timing/clock.ts";
import type { Timeline } from "./timeline.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * One run of a relay's process, as the world sees it. Whatever comes into it and goes out of it passes here, so that it
 * can stand still or end at any point: what is inside is not told.
 */
export class Process {
	readonly clock: Clock;
	readonly #timeline: Timeline;
	/** How much faster than the world its clock goes. */
	readonly #rate: number;
	#state: "runs" | "stands" | "gone" = "runs";
	#clockStands = false;
	/** What its clock has missed while its machine was suspended. */
	#missedMs = 0;
	#stoodSince = 0;
	/** What has come while it stands still. */
	#waiting: (() => void)[] = [];
	#callsLeft = NEVER;
	#then: () => void = () => {};
	#timers = 0;

	constructor(timeline: Timeline, rate: number) {
		this.#timeline = timeline;
		this.#rate = rate;
		this.clock = { now: () => this.#now(), after: (ms, fire) => this.#after(ms, fire) };
	}

	get isGone(): boolean {
		return this.#state === "gone";
	}

	get stands(): boolean {
		return this.#state === "stands";
	}

	/** Timers that have neither fired nor been cancelled. */
	get timers(): number {
		return this.#timers;
	}

	/** Something reaches it. While it stands still that waits; when it is gone, nobody is there. */
	enter(what: () => void): void {
		if (this.#state === "runs") what();
		else if (this.#state === "stands") this.#waiting.push(what);
	}

	/** It does something that others notice. False: it did not come to that. */
	leave(): boolean {
		if (this.#state === "gone") return false;
		if (this.#callsLeft-- > 0) return true;
		this.#callsLeft = NEVER;
		this.#then();
		return !this.isGone;
	}

	/** Something happens to it in the middle of what it does: once it has done so many more things that others notice. */
	afterCalls(calls: number, then: () => void): void {
		this.#then = then;
		this.#callsLeft = calls;
	}

	/** Asks something of others. Where it has ended meanwhile, the answer reaches nobody. */
	ask<T>(question: () => Promise<T>): Promise<T> {
		if (!this.leave()) return new Promise(() => {});
		return new Promise((resolve, reject) => {
			question().then(
				(answer) => this.enter(() => resolve(answer)),
				(error) => this.enter(() => reject(error)),
			);
		});
	}

	/** Nothing more happens to it in the middle of something. */
	spare(): void {
		this.#callsLeft = NEVER;
	}

	/** It ends, without a word. */
	end(): void {
		if (this.#state === "gone") return;
		this.#state = "gone";
		this.#waiting = [];
	}

	/**
	 * It stands still.
	 * @param withClock so does its clock, as where a machine is suspended
	 */
	stand(withClock: boolean): void {
		if (this.#state !== "runs") return;
		this.#state = "stands";
		this.#clockStands = withClock;
		this.#stoodSince = this.#timeline.now;
	}

	goOn(): void {
		if (this.#state !== "stands") return;
		this.#state = "runs";
		if (this.#clockStands) this.#missedMs += this.#timeline.now - this.#stoodSince;
		this.#clockStands = false;
		const waiting = this.#waiting;
		this.#waiting = [];
		// One after the other, each in a turn of its own, as an event loop does it.
		for (const what of waiting) this.#timeline.after(0, () => this.enter(what));
	}

	#now(): number {
		const until = this.#clockStands ? this.#stoodSince : this.#timeline.now;
		return (until - this.#missedMs) * this.#rate;
	}

	/** In whole milliseconds, and at least one, as Node's timers are: so they may fire a little early. */
	#after(wishedMs: number, fire: () => void): () => void {
		if (this.isGone) return () => {};
		const ms = Math.max(1, Math.trunc(wishedMs));
		const dueAt = this.#now() + ms;
		let isOver = false;
		const over = () => {
			if (!isOver) this.#timers--;
			isOver = true;
		};
		let cancel: () => void;
		const check = () => {
			if (isOver) return;
			const leftMs = dueAt - this.#now();
			// Of a clock that stood still the time is not up yet. What is left of a rounding does not count.
			if (leftMs > 0.001) {
				cancel = this.#timeline.after(leftMs / this.#rate, () => this.enter(check));
				return;
			}
			over();
			fire();
		};
		this.#timers++;
		cancel = this.#timeline.after(ms / this.#rate, () => this.enter(check));
		return () => {
			over();
			cancel();
		};
	}
}
