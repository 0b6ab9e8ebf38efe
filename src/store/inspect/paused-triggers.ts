import { sql } from "kysely";
import { MOST_PAUSED_COUNTED, type PausedGroup } from "../../event/attention-entry.ts";
import type { TriggerFacts } from "../../event/facts.ts";
import type { Reading } from "./reading.ts";

/** Listed by name, of each cause. */
const LISTED = 30;

/** Triggers of which nothing is sent, those that a person paused first; at most 30 for each cause. */
export async function pausedTriggers({ db }: Reading): Promise<TriggerFacts[]> {
	const { rows } = await sql<TriggerFacts>`
		SELECT p.trigger_id, p.mode, p.max_attempts, p.rate_per_second, p.max_in_flight,
		       p.paused_at, p.paused_by, p.paused_reason, p.paused_code, p.probe_at
		FROM (
			SELECT t.*, row_number() OVER (PARTITION BY t.paused_code ORDER BY t.paused_at) AS place
			FROM reward_outbox.triggers t
			WHERE t.paused_at IS NOT NULL
		) p
		WHERE p.place <= ${LISTED}
		ORDER BY p.paused_code NULLS FIRST, p.paused_at`.execute(db);
	return rows;
}

/**
 * How many triggers are paused for each cause, counted up to 10 000, and the watch that all of the unknown ones are
 * from.
 */
export async function pausedGroups({ db }: Reading): Promise<PausedGroup[]> {
	const { rows } = await sql<PausedGroup>`
		SELECT g.code, g.triggers, g.since,
		       CASE WHEN g.code = 'unknown_trigger' THEN reward_outbox.unknown_triggers_watch() END AS watch
		FROM (
			SELECT t.paused_code AS code, count(*)::integer AS triggers, min(t.paused_at) AS since
			FROM (
				SELECT p.paused_code, p.paused_at
				FROM reward_outbox.triggers p
				WHERE p.paused_at IS NOT NULL
				LIMIT ${MOST_PAUSED_COUNTED}
			) t
			GROUP BY t.paused_code
		) g
		ORDER BY g.code NULLS FIRST`.execute(db);
	return rows;
}
