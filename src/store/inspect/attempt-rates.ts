import { sql } from "kysely";
import type { OutcomeClass } from "../../event/outcome.ts";
import type { Reading } from "./reading.ts";

/** Attempts begun in a span of time, by outcome. */
export type AttemptCounts = Readonly<Record<OutcomeClass, number>>;

export interface AttemptRates {
	readonly last_minute: AttemptCounts;
	readonly last_5_minutes: AttemptCounts;
	/** There were more attempts than are looked at: the counts are lower bounds. */
	readonly at_least: boolean;
}

/** Attempts looked at: a second's work at most. */
const MOST_ATTEMPTS = 500_000;
/** Waiting events whose attempts are looked up. */
const MOST_STATES = 50_000;

/**
 * Counts recent attempts. The record has no order by time, but ids are made in it: attempts of recent events are one range
 * of its key, and those of earlier events that failed again are found through event_states. Left out are earlier events
 * whose retry has just been accepted: nothing leads to them but a walk over the whole record.
 */
export async function attemptRates({ db, now }: Reading): Promise<AttemptRates> {
	const firstId = sql<string>`(lpad(to_hex(greatest(floor(date_part('epoch', ${now}::timestamptz) * 1000)::bigint - 301000, 0)), 12, '0') || repeat('0', 20))::uuid`;
	const { rows } = await sql<{ outcome: OutcomeClass; minute: number; five: number; seen: number }>`
		WITH recent AS (
			(SELECT a.outcome, a.started_at FROM reward_outbox.attempt_log a WHERE a.event_id >= ${firstId} LIMIT ${sql.lit(MOST_ATTEMPTS)})
			UNION ALL
			(SELECT a.outcome, a.started_at
			 FROM (SELECT s.event_id FROM reward_outbox.event_states s
			       WHERE s.event_id < ${firstId} AND s.attempts > 0 AND s.changed_at > ${now}::timestamptz - interval '5 minutes' LIMIT ${sql.lit(MOST_STATES)}) s
			 CROSS JOIN LATERAL (SELECT l.outcome, l.started_at FROM reward_outbox.attempt_log l
			                     WHERE l.event_id = s.event_id ORDER BY l.attempt DESC LIMIT 20) a)
		)
		SELECT r.outcome, count(*) FILTER (WHERE r.started_at > ${now}::timestamptz - interval '1 minute')::float8 AS minute,
		       count(*) FILTER (WHERE r.started_at > ${now}::timestamptz - interval '5 minutes')::float8 AS five, count(*)::float8 AS seen
		FROM recent r GROUP BY r.outcome`.execute(db);
	const none = { accepted: 0, refused: 0, not_sent: 0, ambiguous: 0 };
	return {
		last_minute: { ...none, ...Object.fromEntries(rows.map((row) => [row.outcome, row.minute])) },
		last_5_minutes: { ...none, ...Object.fromEntries(rows.map((row) => [row.outcome, row.five])) },
		at_least: rows.reduce((sum, row) => sum + row.seen, 0) >= MOST_ATTEMPTS,
	};
}
