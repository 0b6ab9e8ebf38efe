import { type Logger, logEvents } from "../log.ts";
import type { Clock } from "../timing/clock.ts";
import { Rounds } from "../timing/rounds.ts";
import type { Problem } from "./webhook.ts";

interface HeartbeatParts {
	/** Between two pings, however many relays there are. Milliseconds. */
	readonly everyMs: number;
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	readonly ping: (signal: AbortSignal) => Promise<Problem>;
	readonly onPinged: (taken: boolean) => void;
	/** In [0, 1). */
	readonly random: () => number;
	readonly clock: Clock;
	readonly log: Logger;
}

/**
 * A relay asks this often as a share of the interval, so that the turn of one that is gone is soon taken by another.
 */
const ROUNDS_PER_INTERVAL = 4;

/**
 * Pings a dead man's switch while relays live and their database answers, which is what it takes to tell an alert:
 * whoever waits for the ping and does not get it raises the alarm that nobody here can. Relays take turns.
 */
export class Heartbeat {
	readonly #parts: HeartbeatParts;
	readonly #rounds: Rounds;
	#failing = false;

	constructor(parts: HeartbeatParts) {
		this.#parts = parts;
		const { everyMs, clock, random } = parts;
		const round = (signal: AbortSignal) => this.#beat(signal);
		this.#rounds = new Rounds({ everyMs: everyMs / ROUNDS_PER_INTERVAL, clock, random, round });
	}

	/** Calling it again, or after stop(), does nothing. */
	start(): void {
		this.#rounds.start();
	}

	/** May be called twice, and before start(). */
	stop(): Promise<void> {
		return this.#rounds.stop();
	}

	async #beat(signal: AbortSignal): Promise<void> {
		const { takeTurn, everyMs, ping, onPinged } = this.#parts;
		// A database that does not answer is what the missing ping tells; the relay's own log has the reason.
		if (!(await takeTurn(everyMs).catch(() => false)) || signal.aborted) return;
		const problem = await ping(signal);
		if (problem === "stopped") return;
		onPinged(problem === null);
		this.#say(problem);
	}

	/** One line for each time that it begins to fail, and one when it is over. */
	#say(problem: Problem): void {
		const { log } = this.#parts;
		if (problem !== null && !this.#failing) logEvents.heartbeatFailed(log, { error_code: problem });
		if (problem === null && this.#failing) logEvents.heartbeatBack(log);
		this.#failing = problem !== null;
	}
}
