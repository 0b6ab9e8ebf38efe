import { sql } from "kysely";
import { type ByOutcome, byOutcome, OUTCOME_CLASSES, type OutcomeClass } from "../../event/outcome.ts";
import type { Database } from "../database.ts";
import { type Instant, lowestId } from "./filter.ts";
import { readConsistently } from "./reading.ts";
import { gridOf, type Series, type SeriesPoint } from "./series.ts";

/** Events of the trigger that are looked at, the newest; and events of all triggers among which they are looked for. */
const MOST_EVENTS = 20_000;
const MOST_WALKED = 200_000;
/** An event may be attempted long after it was written; older ones are not looked for. Milliseconds. */
const WRITTEN_BEFORE_MS = 3_600_000;

interface Row extends ByOutcome {
	readonly step: number;
	readonly latencies: readonly (number | null)[] | null;
}

/** What was attempted of one trigger's events, from the record itself: relays' samples do not tell triggers apart. */
export function readTriggerSeries(
	database: Database,
	trigger: string,
	minutes: number,
	until?: Instant,
): Promise<Series> {
	return readConsistently(database, async ({ db, now }) => {
		const { begin, step, count } = gridOf(minutes, until, now);
		const { rows } = await sql<Row>`
			WITH walked AS (
				SELECT o.id, o.trigger_id, greatest(o.created_at, o.deliver_after) AS due_at
				FROM reward_outbox.outbox o
				WHERE o.id >= ${lowestId(begin * 1000 - WRITTEN_BEFORE_MS)}::uuid
				  AND o.id < ${lowestId((begin + count * step) * 1000)}::uuid
				ORDER BY o.id DESC
				LIMIT ${sql.lit(MOST_WALKED)}
			), wanted AS MATERIALIZED (
				SELECT w.id, w.due_at FROM walked w WHERE w.trigger_id = ${trigger} LIMIT ${sql.lit(MOST_EVENTS)}
			), attempts AS (
				SELECT floor((date_part('epoch', l.started_at) - ${begin}::float8) / ${step}::float8)::integer AS step,
				       l.outcome::text AS outcome,
				       date_part('epoch', l.started_at - w.due_at) * 1000 + coalesce(l.duration_ms, 0) AS latency_ms
				FROM wanted w
				JOIN reward_outbox.attempt_log l ON l.event_id = w.id
			)
			SELECT a.step, ${sql.join(OUTCOME_CLASSES.map(counted))},
			       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY a.latency_ms)
			         FILTER (WHERE a.outcome = 'accepted') AS latencies
			FROM attempts a
			WHERE a.step >= 0 AND a.step < ${count}::integer
			GROUP BY a.step`.execute(db);
		const found = new Map(rows.map((row) => [row.step, row]));
		const points = Array.from({ length: count }, (_, index) => pointOf(begin + index * step, found.get(index)));
		return { now, step_seconds: step, points };
	});
}

function counted(name: OutcomeClass) {
	return sql`(count(*) FILTER (WHERE a.outcome = ${sql.lit(name)}))::float8 AS ${sql.ref(name)}`;
}

function pointOf(at: number, row: Row | undefined): SeriesPoint {
	const [p50 = null, p95 = null, p99 = null] = row?.latencies ?? [];
	const rounded = (ms: number | null) => (ms === null ? null : Math.max(0, Math.round(ms * 10) / 10));
	return {
		at: new Date(at * 1000),
		...byOutcome((outcome) => row?.[outcome] ?? 0),
		latency_p50_ms: rounded(p50),
		latency_p95_ms: rounded(p95),
		latency_p99_ms: rounded(p99),
	};
}
