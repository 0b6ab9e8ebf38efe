import type { Database } from "./database.ts";
import { WAKE_LOCK } from "./wake-lock.ts";

/** A session of somebody else that holds something relays wait for. */
export interface LockHolder {
	/** The server's process id. */
	readonly pid: number;
	readonly role: string | null;
	readonly application: string | null;
	/** A table, `wake lock`, or what kind of lock it is. */
	readonly holds: string;
}

// Waits of less than a second are how relays take turns.
const HOLDERS = `
WITH held_up AS (
  SELECT w.pid,
         CASE
           WHEN w.locktype = 'relation' THEN w.relation::regclass::text
           WHEN w.locktype = 'advisory' AND (w.classid, w.objid) = (${WAKE_LOCK}) THEN 'wake lock'
           ELSE w.locktype
         END AS waits_for
  FROM pg_locks w
  JOIN pg_stat_activity a ON a.pid = w.pid
  WHERE NOT w.granted
    AND w.waitstart < clock_timestamp() - interval '1 second'
    AND a.datname = current_database()
    AND a.application_name LIKE 'reward-outbox %'
), found AS (
  SELECT b.pid, h.waits_for AS holds
  FROM held_up h
  CROSS JOIN LATERAL unnest(pg_blocking_pids(h.pid)) AS b(pid)
  UNION
  -- Held by a stranger it does not keep delivery waiting, but every writer pays for notifying.
  SELECT l.pid, 'wake lock'
  FROM pg_locks l
  WHERE l.granted
    AND l.locktype = 'advisory'
    AND (l.classid, l.objid, l.objsubid) = (${WAKE_LOCK}, 2)
    AND l.mode = 'ExclusiveLock'
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
)
SELECT DISTINCT f.pid, a.usename::text AS role, a.application_name AS application, f.holds
FROM found f
LEFT JOIN pg_stat_activity a ON a.pid = f.pid
WHERE coalesce(a.application_name, '') NOT LIKE 'reward-outbox %'
ORDER BY f.pid, f.holds
LIMIT 20`;

/** Who keeps relays waiting, or has writers notify although no relay asked. */
export async function readLockHolders(db: Database): Promise<LockHolder[]> {
	return (await db.query<LockHolder>(HOLDERS)).rows;
}
