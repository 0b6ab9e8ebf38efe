import { sql } from "kysely";
import type { TriggerFacts } from "../../event/facts.ts";
import type { Database } from "../database.ts";
import { type Reading, readConsistently } from "./reading.ts";

export interface TriggerRow extends TriggerFacts {
	/** False: nobody has set anything for it, it has the defaults. */
	readonly configured: boolean;
	/** Events that wait: new, retried, delayed, limited, ordered, paused. */
	readonly waiting: number;
	readonly dead: number;
	readonly uncertain: number;
}

export interface TriggerList {
	/** In the order of their ids. */
	readonly triggers: readonly TriggerRow[];
	readonly now: Date;
}

/** Triggers with settings, and those of which an event waits or needs a person. What was delivered is not looked at. */
export function listTriggers(database: Database): Promise<TriggerList> {
	return readConsistently(database, async ({ db, now }) => {
		const { rows } = await sql<TriggerRow>`
			WITH undelivered AS (
				SELECT s.trigger_id, s.status::text AS status, count(*) AS events FROM reward_outbox.event_states s
				WHERE s.status IN ('pending', 'dead', 'uncertain') GROUP BY s.trigger_id, s.status
				UNION ALL
				SELECT u.trigger_id, 'pending', count(*) FROM reward_outbox.unread u
				WHERE NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = u.id) GROUP BY u.trigger_id
			), counted AS (
				SELECT n.trigger_id, coalesce(sum(n.events) FILTER (WHERE n.status = 'pending'), 0)::float8 AS waiting,
				       coalesce(sum(n.events) FILTER (WHERE n.status = 'dead'), 0)::float8 AS dead,
				       coalesce(sum(n.events) FILTER (WHERE n.status = 'uncertain'), 0)::float8 AS uncertain
				FROM undelivered n GROUP BY n.trigger_id
			)
			SELECT trigger_id, coalesce(t.mode, 'at_least_once') AS mode, t.max_attempts, t.rate_per_second, t.max_in_flight,
			       t.paused_at, t.paused_by, t.paused_reason, t.probe_at, t.mode IS NOT NULL AS configured,
			       coalesce(c.waiting, 0) AS waiting, coalesce(c.dead, 0) AS dead, coalesce(c.uncertain, 0) AS uncertain
			FROM reward_outbox.triggers t FULL JOIN counted c USING (trigger_id) ORDER BY trigger_id`.execute(db);
		return { triggers: rows, now };
	});
}

/** Triggers of which nothing is sent, the one paused longest first; at most 100. */
export async function pausedTriggers({ db }: Reading): Promise<TriggerFacts[]> {
	return db
		.selectFrom("triggers as t")
		.select(["t.trigger_id", "t.mode", "t.max_attempts", "t.rate_per_second", "t.max_in_flight"])
		.select(["t.paused_at", "t.paused_by", "t.paused_reason", "t.probe_at"])
		.where("t.paused_at", "is not", null)
		.orderBy("t.paused_at")
		.limit(100)
		.execute();
}
