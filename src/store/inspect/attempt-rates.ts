import { sql } from "kysely";
import { type ByOutcome, OUTCOME_CLASSES, type OutcomeClass } from "../../event/outcome.ts";
import type { Reading } from "./reading.ts";

/** Attempts that ended in a span of time, by outcome. */
type AttemptCounts = ByOutcome;

export interface AttemptRates {
	readonly last_minute: AttemptCounts;
	readonly last_5_minutes: AttemptCounts;
	/**
	 * The counts are lower bounds. False: they are exact but for the last five seconds, which relays have yet to report.
	 */
	readonly at_least: boolean;
}

/** Adds up what the relays reported: every attempt of every event, however old the event is. */
export async function attemptRates({ db, now }: Reading): Promise<AttemptRates> {
	const within = (interval: string) => sql`FILTER (WHERE s.at > ${now}::timestamptz - ${sql.lit(interval)}::interval)`;
	const count = (outcome: OutcomeClass, interval: string) =>
		sql`${sql.lit(outcome)}, coalesce(sum(s.${sql.raw(outcome)}) ${within(interval)}, 0)`;
	const counts = (interval: string) =>
		sql`jsonb_build_object(${sql.join(OUTCOME_CLASSES.map((outcome) => count(outcome, interval)))})`;
	const { rows } = await sql<{ minute: AttemptCounts; five: AttemptCounts }>`
		SELECT ${counts("1 minute")} AS minute, ${counts("5 minutes")} AS five
		FROM reward_outbox.relay_samples s WHERE s.at > ${now}::timestamptz - interval '5 minutes'`.execute(db);
	const [sums] = rows as [(typeof rows)[0]];
	return { last_minute: sums.minute, last_5_minutes: sums.five, at_least: false };
}
