import { LATENCY_BUCKETS, latencyBucket } from "../event/latency.ts";
import { byOutcome, type OutcomeClass } from "../event/outcome.ts";
import type { RelayStore } from "../store/relay-store.ts";
import type { Sample } from "../store/samples.ts";
import type { Clock } from "../timing/clock.ts";
import { SILENT_OBSERVER } from "./observers.ts";
import type { RelayObserver } from "./parts.ts";

/** Between two looks for samples to thin or remove. */
const TIDY_MS = 60_000;
/** PostgreSQL's integer. */
const LARGEST = 2 ** 31 - 1;

interface Counting {
	readonly since: number;
	readonly counts: Record<OutcomeClass, number>;
	readonly latency: number[];
}

/** A finished span, until it is on record. */
type Sealed = Omit<Sample, "relayNo" | "ageMs"> & { readonly endedAt: number };

/**
 * Counts what the relay does and puts it on record with each heartbeat. While the database does not answer, one span
 * waits to be written and one goes on counting: nothing is lost, and it never gets more.
 */
export class Sampler {
	readonly #store: Pick<RelayStore, "recordSample" | "tidySamples">;
	readonly #clock: Clock;
	#counting: Counting;
	#sealed: Sealed | null = null;
	#sampleNo = 0;
	#tidyAt: number;

	constructor(store: Pick<RelayStore, "recordSample" | "tidySamples">, clock: Clock) {
		this.#store = store;
		this.#clock = clock;
		this.#counting = nothingYet(clock.now());
		this.#tidyAt = clock.now() + TIDY_MS;
	}

	readonly observer: RelayObserver = {
		...SILENT_OBSERVER,
		attempt: (_event, outcome, _durationMs, writtenToDeliveredMs) => {
			this.#counting.counts[outcome.class]++;
			if (writtenToDeliveredMs === null) return;
			const bucket = latencyBucket(writtenToDeliveredMs);
			this.#counting.latency[bucket] = (this.#counting.latency[bucket] ?? 0) + 1;
		},
		reaped: (count) => {
			this.#counting.counts.ambiguous += count;
		},
	};

	/**
	 * Writes what was counted since the last time, if anything was. Rejects when the database does not take it: it is
	 * kept.
	 */
	async write(relayNo: number): Promise<void> {
		// What could not be written is written first, on its own: its answer may be all that was lost.
		if (this.#sealed !== null) await this.#writeSealed(relayNo);
		this.#seal();
		if (this.#sealed !== null) await this.#writeSealed(relayNo);
		const now = this.#clock.now();
		if (now < this.#tidyAt) return;
		this.#tidyAt = now + TIDY_MS;
		await this.#store.tidySamples();
	}

	async #writeSealed(relayNo: number): Promise<void> {
		const { endedAt, ...sample } = this.#sealed as Sealed;
		await this.#store.recordSample({ ...sample, relayNo, ageMs: this.#clock.now() - endedAt });
		this.#sealed = null;
	}

	#seal(): void {
		const { since, counts, latency } = this.#counting;
		const endedAt = this.#clock.now();
		this.#counting = nothingYet(endedAt);
		if (Object.values(counts).every((count) => count === 0)) return;
		this.#sealed = {
			sampleNo: ++this.#sampleNo,
			endedAt,
			spanMs: Math.min(endedAt - since, LARGEST),
			counts,
			latency: latency.some((count) => count > 0) ? latency : null,
		};
	}
}

function nothingYet(since: number): Counting {
	return {
		since,
		counts: byOutcome(() => 0),
		latency: Array.from({ length: LATENCY_BUCKETS }, () => 0),
	};
}
