import type { Database } from "./database.ts";

/**
 * A statement of a relay takes milliseconds. One that takes longer may wait for a session that nobody will ever end.
 */
const SLOW_MS = 2_000;

/**
 * A session whose client has vanished after the last statement of a transaction arrived, and before what would have
 * ended it: it waits for the client, and keeps its locks. No timeout of a statement counts then, nor one of an idle
 * transaction; and where a proxy keeps its own connection to the server open, the network never tells. No relay leaves
 * a session so for longer than a millisecond. Only those of our own login are seen, and may be ended.
 */
const END_STUCK = `
SELECT pg_catalog.pg_terminate_backend(a.pid) AS ended
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database()
  AND a.usename = SESSION_USER
  AND a.application_name = pg_catalog.current_setting('application_name')
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.state = 'active'
  AND a.wait_event = 'ClientRead'
  AND a.query_start < pg_catalog.clock_timestamp() - interval '2 seconds'`;

/** @returns how many were ended */
async function endStuckSessions(db: Database): Promise<number> {
	const { rows } = await db.query<{ ended: boolean }>(END_STUCK);
	return rows.filter(({ ended }) => ended).length;
}

/** Waits for a statement; while it is slow, ends what it may be waiting for. */
export async function unstuck<T>(db: Database, statement: Promise<T>, onEnded: (sessions: number) => void): Promise<T> {
	const look = () => {
		// What cannot be asked now is asked again: the statement itself tells of a database that does not answer.
		endStuckSessions(db).then(
			(ended) => ended > 0 && onEnded(ended),
			() => {},
		);
	};
	const timer = setInterval(look, SLOW_MS);
	try {
		return await statement;
	} finally {
		clearInterval(timer);
	}
}
