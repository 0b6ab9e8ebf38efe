import { doubledMs } from "../event/backoff.ts";
import type { Outcome, Refused } from "../event/outcome.ts";

const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 30_000;
/**
 * Different events refused without a word about the key, and none accepted meanwhile, after which it is taken for the
 * key's fault.
 */
const UNEXPLAINED_EVENTS = 3;

/**
 * The whole relay pauses while Reward refuses its key: every row would be refused, and none of them is at fault. One
 * request at a time goes on probing, so that a rotated key is noticed without anybody's help.
 */
export class KeyPause {
	#reason: string | null = null;
	#probes = 0;
	#pausedAt = 0;
	#probeAt = 0;
	readonly #unexplained = new Set<string>();

	/** Why the relay is paused; null: it is not. */
	get reason(): string | null {
		return this.#reason;
	}

	get probeAt(): number | undefined {
		return this.#reason === null ? undefined : this.#probeAt;
	}

	/** Requests that may be in flight now. */
	allowed(now: number, inFlight: number, most: number): number {
		if (this.#reason === null) return most;
		return now >= this.#probeAt && inFlight === 0 ? 1 : 0;
	}

	/**
	 * Returns `paused` or `resumed` when this outcome changed it. Requests that were under way when the key was refused
	 * answer late: they neither push the next probe away nor end the pause.
	 */
	record(now: number, startedAt: number, eventId: string, outcome: Outcome): "paused" | "resumed" | undefined {
		if (outcome.class === "refused" && outcome.fault === "configuration") {
			return this.#refused(now, startedAt, `Reward refuses the API key (${answerOf(outcome)})`);
		}
		if (outcome.class === "refused" && outcome.fault === "unexplained") {
			if (this.#unexplained.size < UNEXPLAINED_EVENTS) this.#unexplained.add(eventId);
			if (this.#reason === null && this.#unexplained.size < UNEXPLAINED_EVENTS) return undefined;
			const reason = `Reward, or something in front of it, refuses every event: the API key, or this machine (${answerOf(outcome)})`;
			return this.#refused(now, startedAt, reason);
		}
		// Any other complete answer got past the check of the key.
		return outcome.class === "accepted" || outcome.class === "refused" ? this.#passed(startedAt) : undefined;
	}

	#refused(now: number, startedAt: number, reason: string): "paused" | undefined {
		const first = this.#reason === null;
		if (first) this.#pausedAt = now;
		if (first || startedAt >= this.#probeAt)
			this.#probeAt = now + doubledMs(FIRST_PROBE_MS, this.#probes++, LAST_PROBE_MS);
		this.#reason = reason;
		return first ? "paused" : undefined;
	}

	#passed(startedAt: number): "resumed" | undefined {
		if (this.#reason === null) {
			this.#unexplained.clear();
			return undefined;
		}
		if (startedAt < this.#pausedAt) return undefined;
		this.#unexplained.clear();
		this.#reason = null;
		this.#probes = 0;
		return "resumed";
	}

	/** A new key was read: probe with it at once. */
	probeNow(now: number): void {
		this.#probeAt = now;
	}
}

function answerOf({ httpStatus, errorCode }: Refused): string {
	return `HTTP ${httpStatus}${errorCode === null ? "" : `, ${errorCode}`}`;
}
