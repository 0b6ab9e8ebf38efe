import type { Clock } from "../../src/timing/clock.ts";
import type { Dice } from "./dice.ts";
import type { Edge, Fate } from "./server/edge.ts";
import type { Timeline } from "./timeline.ts";

/** What can become of a statement besides its answer. */
export type Mishap =
	/** It never arrives, and the connection breaks. */
	| "lost"
	/** It is executed and committed; the connection breaks before its answer. */
	| "answer lost"
	/** The connection breaks, and it is executed some time after that was noticed. */
	| "late"
	/** The server refuses it: a deadlock, a time-out, a DBA. */
	| "refused";

/** The server's ways of saying no that say nothing about the statement. */
const REFUSALS = ["40001", "40P01", "55P03", "57014", "57P01"] as const;
/** After that a client no longer waits for an answer. */
const QUERY_TIMEOUT_MS = 12_000;
/** Far below any time-out, that of a lock included. */
const SOON_MS = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

/** A relay's way to its database: what it asks arrives, or does not, and so does the answer. */
export class Link implements Edge {
	readonly clock: Clock;
	readonly #dice: Dice;
	readonly #onMishap: (call: string, mishap: Mishap) => void;
	#mishaps: Mishap[] = [];
	#notificationsLost = 0;
	#isCut = false;
	#slowness = 1;

	constructor(timeline: Timeline, dice: Dice, onMishap: (call: string, mishap: Mishap) => void) {
		this.clock = timeline.clock;
		this.#dice = dice;
		this.#onMishap = onMishap;
	}

	/** The next statements fare like this, one after the other. */
	expect(mishaps: readonly Mishap[]): void {
		this.#mishaps.push(...mishaps);
	}

	/** The next so many notifications are lost on the way, and nothing says so. */
	loseNotifications(count: number): void {
		this.#notificationsLost += count;
	}

	/** From now on nothing passes, and nobody says so. */
	cut(): void {
		this.#isCut = true;
	}

	/** Everything takes so many times as long. */
	slow(times: number): void {
		this.#slowness = times;
	}

	clearUp(): void {
		this.#isCut = false;
		this.#slowness = 1;
		this.#mishaps = [];
		this.#notificationsLost = 0;
	}

	fate(call: string): Fate {
		if (this.#isCut) return { thereMs: NEVER, backMs: NEVER, givesUpAfterMs: QUERY_TIMEOUT_MS };
		const thereMs = this.#wayMs();
		const backMs = this.#wayMs();
		// Of what comes back soon nobody needs to give up the wait.
		const usual = { thereMs, backMs, givesUpAfterMs: thereMs + backMs < SOON_MS ? NEVER : QUERY_TIMEOUT_MS };
		if (call === "wake_lock") return usual;
		if (call === "notification") return this.#losesNotification() ? { ...usual, backMs: NEVER } : usual;
		const mishap = this.#mishaps.shift();
		if (mishap === undefined) return usual;
		this.#onMishap(call, mishap);
		return this.#after(mishap, usual);
	}

	#losesNotification(): boolean {
		if (this.#notificationsLost === 0) return false;
		this.#notificationsLost--;
		return true;
	}

	#after(mishap: Mishap, usual: Fate): Fate {
		switch (mishap) {
			case "lost":
				return { thereMs: NEVER, backMs: NEVER, givesUpAfterMs: this.#wayMs() };
			case "answer lost":
				return { thereMs: usual.thereMs, backMs: NEVER, givesUpAfterMs: usual.thereMs + usual.backMs };
			case "late":
				return { thereMs: this.#dice.often(1, 4_000), backMs: NEVER, givesUpAfterMs: this.#wayMs() };
			case "refused":
				return { ...usual, refusedWith: this.#dice.pick(REFUSALS) };
			default:
				return mishap satisfies never;
		}
	}

	#wayMs(): number {
		return this.#dice.often(0.1, 3) * this.#slowness;
	}
}
