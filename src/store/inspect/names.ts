import type { Database } from "../database.ts";

const MOST_NAMES = 500;

/** Recent triggers and those with settings. The newest events name what is in use, and cost nothing to find. */
const TRIGGERS = `
SELECT t.trigger_id AS name FROM reward_outbox.triggers t
UNION
SELECT n.trigger_id FROM (SELECT o.trigger_id FROM reward_outbox.outbox o ORDER BY o.id DESC LIMIT 2000) n
UNION
SELECT s.trigger_id FROM (SELECT e.trigger_id FROM reward_outbox.event_states e WHERE e.status IN ('dead', 'uncertain', 'cancelled')
                          ORDER BY e.status DESC, e.event_id DESC LIMIT 2000) s
ORDER BY name LIMIT ${MOST_NAMES}`;

const WATCHES = `SELECT w.name FROM reward_outbox.watch_rules w ORDER BY w.name LIMIT ${MOST_NAMES}`;

/** Ids of triggers that somebody may mean, in order; not every one that ever was. */
export async function triggerNames(db: Database): Promise<string[]> {
	return (await db.query<{ name: string }>(TRIGGERS)).rows.map(({ name }) => name);
}

/** Names of watches, in order. */
export async function watchNames(db: Database): Promise<string[]> {
	return (await db.query<{ name: string }>(WATCHES)).rows.map(({ name }) => name);
}
