import { type ByOutcome, OUTCOME_CLASSES } from "../event/outcome.ts";
import type { Database } from "./database.ts";

/** What a relay did in a span of time. */
export interface Sample {
	readonly relayNo: number;
	/** Counted by the relay. A sample whose answer was lost is sent again under the same number. */
	readonly sampleNo: number;
	/** Milliseconds since the span ended. */
	readonly ageMs: number;
	readonly spanMs: number;
	/** Attempts that ended within the span. */
	readonly counts: ByOutcome;
	/** Accepted attempts by latency, see `LATENCY_BOUNDS_MS`; null: none. */
	readonly latency: readonly number[] | null;
}

const RECORD_SAMPLE = "SELECT reward_outbox.record_sample($1, $2, $3, $4, $5, $6)";

/** Repeatable. */
export async function recordSample(db: Database, sample: Sample): Promise<void> {
	await db.query(RECORD_SAMPLE, [
		sample.relayNo,
		sample.sampleNo,
		sample.ageMs,
		sample.spanMs,
		OUTCOME_CLASSES.map((outcome) => sample.counts[outcome]),
		sample.latency,
	]);
}

/** Thins old samples and removes the oldest: a bounded number per call. */
export async function tidySamples(db: Database): Promise<void> {
	await db.query("SELECT reward_outbox.tidy_samples()");
}
