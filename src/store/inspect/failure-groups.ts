import { sql } from "kysely";
import type { OutcomeClass } from "../../event/outcome.ts";
import type { Database } from "../database.ts";
import { readConsistently } from "./reading.ts";

/** Events that failed for one cause: the same trigger, status, answer and shape of the message. */
interface FailureGroup {
	readonly status: "dead" | "uncertain" | "pending";
	readonly trigger_id: string;
	/** Of the last attempt; null: none is on record. */
	readonly outcome: OutcomeClass | null;
	/** Null: no answer came. */
	readonly http_status: number | null;
	readonly error_code: string | null;
	/** The message without what differs from event to event. */
	readonly error: string | null;
	readonly events: number;
	readonly users: number;
	/** Sum of what the payloads have as `value`, as a decimal; null: none has one. */
	readonly value: string | null;
	/** When the last attempts were made. */
	readonly first_at: Date;
	readonly last_at: Date;
	/** The newest of them. */
	readonly example_id: string;
	/** Its message, as it came. */
	readonly example_error: string | null;
}

export interface FailureGroups {
	/** What needs a person first, then by how many there are. */
	readonly groups: readonly FailureGroup[];
	/** There are more events, or more groups, than are looked at. */
	readonly at_least: boolean;
	/** The database's clock. */
	readonly now: Date;
}

/** Events of a status that are looked at, the newest. */
const MOST_EVENTS = 10_000;
/** Waiting events among which those that failed already are looked for. */
const MOST_WAITING = 50_000;
const MOST_GROUPS = 50;

interface Row extends FailureGroup {
	readonly of_status: number;
}

/** What fails, by its cause. */
export function readFailureGroups(database: Database): Promise<FailureGroups> {
	return readConsistently(database, async ({ db, now }) => {
		const { rows } = await sql<Row>`
			WITH failed AS MATERIALIZED (
				${ended("dead")}
				UNION ALL
				${ended("uncertain")}
				UNION ALL
				(SELECT w.event_id, w.status
				 FROM (SELECT s.event_id, s.status, s.attempts
				       FROM reward_outbox.event_states s
				       WHERE s.status = 'pending' AND NOT s.blocked
				       LIMIT ${sql.lit(MOST_WAITING)}) w
				 WHERE w.attempts > 0
				 LIMIT ${sql.lit(MOST_EVENTS)})
			), causes AS MATERIALIZED (
				SELECT f.event_id, f.status::text AS status, o.trigger_id, o.user_id, o.payload -> 'value' AS value, o.created_at,
				       l.outcome::text AS outcome, l.http_status::integer AS http_status, l.error_code,
				       reward_outbox.message_shape(l.error_message) AS error, l.error_message, l.started_at,
				       count(*) OVER (PARTITION BY f.status) AS of_status
				FROM failed f
				JOIN reward_outbox.outbox o ON o.id = f.event_id
				LEFT JOIN LATERAL (
					SELECT a.outcome, a.http_status, a.error_code, a.error_message, a.started_at
					FROM reward_outbox.attempt_log a
					WHERE a.event_id = f.event_id
					ORDER BY a.attempt DESC, a.started_at DESC
					LIMIT 1
				) l ON true
			)
			SELECT c.status, c.trigger_id, c.outcome, c.http_status, c.error_code, c.error,
			       count(*)::float8 AS events,
			       count(DISTINCT c.user_id)::float8 AS users,
			       left((sum(c.value::text::numeric) FILTER (WHERE jsonb_typeof(c.value) = 'number'))::text, 40) AS value,
			       min(coalesce(c.started_at, c.created_at)) AS first_at,
			       max(coalesce(c.started_at, c.created_at)) AS last_at,
			       (array_agg(c.event_id::text ORDER BY c.event_id DESC))[1] AS example_id,
			       (array_agg(c.error_message ORDER BY c.event_id DESC))[1] AS example_error,
			       max(c.of_status)::float8 AS of_status
			FROM causes c
			GROUP BY c.status, c.trigger_id, c.outcome, c.http_status, c.error_code, c.error
			ORDER BY c.status = 'pending', count(*) DESC, max(coalesce(c.started_at, c.created_at)) DESC
			LIMIT ${sql.lit(MOST_GROUPS + 1)}`.execute(db);
		return {
			groups: rows.slice(0, MOST_GROUPS).map(({ of_status: _, ...group }) => group),
			at_least: rows.length > MOST_GROUPS || rows.some(({ of_status }) => of_status >= MOST_EVENTS),
			now,
		};
	});
}

function ended(status: "dead" | "uncertain") {
	return sql`
		(SELECT s.event_id, s.status
		 FROM reward_outbox.event_states s
		 WHERE s.status = ${sql.lit(status)}
		 ORDER BY s.event_id DESC
		 LIMIT ${sql.lit(MOST_EVENTS)})`;
}
