import { sql } from "kysely";
import type { RelayFacts, TriggerFacts } from "../../event/facts.ts";
import { type HeldInList, heldBy } from "../../event/holding.ts";
import type { Database } from "../database.ts";
import { readConsistently } from "./reading.ts";
import { relaysAlive } from "./relays-alive.ts";

export interface TriggerRow extends TriggerFacts {
	readonly auto_confirm: boolean;
	readonly auto_resend: boolean;
	/** False: nobody has set anything for it, it has the defaults. */
	readonly configured: boolean;
	/** Events that wait: new, retried, delayed, limited, ordered, paused. */
	readonly waiting: number;
	readonly dead: number;
	readonly uncertain: number;
	/** What relays that are alive hold back of it, and why; a pause is told apart from that. */
	readonly held_back: readonly HeldInList[];
}

export interface TriggerList {
	/** In the order of their ids. */
	readonly triggers: readonly TriggerRow[];
	readonly now: Date;
}

/** Triggers with settings, and those of which an event waits or needs a person. What was delivered is not looked at. */
export function listTriggers(database: Database): Promise<TriggerList> {
	return readConsistently(database, async (reading) => {
		const { db, now } = reading;
		const { rows } = await sql<Omit<TriggerRow, "held_back">>`
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
			       t.paused_at, t.paused_by, t.paused_reason, t.paused_code, t.probe_at, t.mode IS NOT NULL AS configured,
			       coalesce(t.auto_confirm, false) AS auto_confirm, coalesce(t.auto_resend, false) AS auto_resend,
			       coalesce(c.waiting, 0) AS waiting, coalesce(c.dead, 0) AS dead, coalesce(c.uncertain, 0) AS uncertain
			FROM reward_outbox.triggers t FULL JOIN counted c USING (trigger_id) ORDER BY trigger_id`.execute(db);
		const relays = await relaysAlive(reading);
		return { triggers: rows.map((row) => ({ ...row, held_back: heldBack(row, relays) })), now };
	});
}

function heldBack({ trigger_id, waiting }: Omit<TriggerRow, "held_back">, relays: readonly RelayFacts[]): HeldInList[] {
	return waiting === 0 ? [] : heldBy(relays, trigger_id);
}
