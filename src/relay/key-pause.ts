import type { Outcome } from "../event/outcome.ts";

const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 30_000;

/**
 * The whole relay pauses while Reward refuses its key: every row would be refused, and none of them is at fault. One
 * request at a time goes on probing, so that a rotated key is noticed without anybody's help.
 */
export class KeyPause {
	#reason: string | null = null;
	#probes = 0;
	#pausedAt = 0;
	#probeAt = 0;

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
	 * Returns `paused` or `resumed` when this outcome changed it. Requests that were under way when the key was refused answer
	 * late: they neither push the next probe away nor end the pause.
	 */
	record(now: number, startedAt: number, outcome: Outcome): "paused" | "resumed" | undefined {
		if (outcome.class === "refused" && outcome.fault === "configuration") {
			const first = this.#reason === null;
			if (first) this.#pausedAt = now;
			if (first || startedAt >= this.#probeAt)
				this.#probeAt = now + Math.min(LAST_PROBE_MS, FIRST_PROBE_MS * 2 ** Math.min(this.#probes++, 16));
			this.#reason = `Reward refuses the API key (HTTP ${outcome.httpStatus}${outcome.errorCode === null ? "" : `, ${outcome.errorCode}`})`;
			return first ? "paused" : undefined;
		}
		// Any other complete answer got past the check of the key.
		const complete = outcome.class === "accepted" || outcome.class === "refused";
		if (this.#reason !== null && complete && startedAt >= this.#pausedAt) {
			this.#reason = null;
			this.#probes = 0;
			return "resumed";
		}
		return undefined;
	}

	/** A new key was read: probe with it at once. */
	probeNow(now: number): void {
		this.#probeAt = now;
	}
}
