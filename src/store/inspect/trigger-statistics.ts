import { sql } from "kysely";
import { type ByOutcome, OUTCOME_CLASSES, type OutcomeClass } from "../../event/outcome.ts";
import type { Database } from "../database.ts";
import { idTime, lowestId } from "./filter.ts";
import { readConsistently } from "./reading.ts";

/** How attempts of a trigger's events ended. */
interface TriggerStatistics extends ByOutcome {
	readonly trigger_id: string;
	/** Events that were attempted. */
	readonly events: number;
	/** Sum of what accepted payloads have as `value`, as a decimal; null: none has one. */
	readonly accepted_value: string | null;
	/** From written (or deliver_after) to accepted. Null: nothing was accepted. */
	readonly latency_p50_ms: number | null;
	readonly latency_p95_ms: number | null;
	readonly latency_p99_ms: number | null;
}

export interface TriggerStatisticsList {
	/** Those with most attempts first. */
	readonly triggers: readonly TriggerStatistics[];
	/** Events written from this time on are counted. */
	readonly since: Date;
	/** More attempts were made since then than are looked at, or there are more triggers. */
	readonly at_least: boolean;
	/** The database's clock. */
	readonly now: Date;
}

const MOST_ATTEMPTS = 50_000;
const MOST_TRIGGERS = 200;
const ALL_COUNTS = OUTCOME_CLASSES.map((outcome) => `c.${outcome}`);

interface Row extends TriggerStatistics {
	readonly oldest: string;
	readonly looked_at: number;
}

/**
 * What was attempted of the events written in the last minutes, trigger by trigger: of the newest attempts, a bounded
 * number.
 */
export function readTriggerStatistics(database: Database, minutes: number): Promise<TriggerStatisticsList> {
	return readConsistently(database, async ({ db, now }) => {
		const { rows } = await sql<Row>`
			WITH recent AS MATERIALIZED (
				SELECT l.event_id, l.outcome, l.started_at, l.duration_ms
				FROM reward_outbox.attempt_log l
				WHERE l.event_id >= ${lowestId(now.getTime() - minutes * 60_000)}::uuid
				ORDER BY l.event_id DESC
				LIMIT ${sql.lit(MOST_ATTEMPTS)}
			), known AS (
				SELECT o.trigger_id, r.event_id, r.outcome::text AS outcome, o.payload -> 'value' AS value,
				       date_part('epoch', r.started_at - greatest(o.created_at, o.deliver_after)) * 1000 + coalesce(r.duration_ms, 0)
				         AS latency_ms
				FROM recent r
				JOIN reward_outbox.outbox o ON o.id = r.event_id
			), counted AS (
				SELECT k.trigger_id, count(DISTINCT k.event_id)::float8 AS events,
				       ${sql.join(OUTCOME_CLASSES.map(count))},
				       left((sum(k.value::text::numeric)
				             FILTER (WHERE k.outcome = 'accepted' AND jsonb_typeof(k.value) = 'number'))::text, 40) AS accepted_value,
				       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY k.latency_ms)
				         FILTER (WHERE k.outcome = 'accepted') AS latencies
				FROM known k
				GROUP BY k.trigger_id
			)
			SELECT c.trigger_id, c.events, ${sql.raw(ALL_COUNTS.join(", "))}, c.accepted_value,
			       round(c.latencies[1]::numeric, 1)::float8 AS latency_p50_ms,
			       round(c.latencies[2]::numeric, 1)::float8 AS latency_p95_ms,
			       round(c.latencies[3]::numeric, 1)::float8 AS latency_p99_ms,
			       (SELECT min(r.event_id::text) FROM recent r) AS oldest,
			       (SELECT count(*) FROM recent r)::float8 AS looked_at
			FROM counted c
			ORDER BY ${sql.raw(ALL_COUNTS.join(" + "))} DESC, c.trigger_id
			LIMIT ${sql.lit(MOST_TRIGGERS + 1)}`.execute(db);
		const isFull = (rows[0]?.looked_at ?? 0) >= MOST_ATTEMPTS;
		return {
			triggers: rows.slice(0, MOST_TRIGGERS).map(({ oldest: _, looked_at: __, ...statistics }) => statistics),
			since: isFull ? idTime(rows[0]?.oldest as string) : new Date(now.getTime() - minutes * 60_000),
			at_least: isFull || rows.length > MOST_TRIGGERS,
			now,
		};
	});
}

function count(outcome: OutcomeClass) {
	return sql`(count(*) FILTER (WHERE k.outcome = ${sql.lit(outcome)}))::float8 AS ${sql.ref(outcome)}`;
}
