import { sql } from "kysely";
import type { Reading } from "./reading.ts";

/**
 * How far relays have read the outbox. Known beforehand, PostgreSQL can estimate how much is unread; from the view it
 * takes it for millions.
 */
export interface Head {
	readonly epoch: number;
	/** Snapshots and transaction ids as text. Every event visible in this one was read. */
	readonly read_through: string;
	/** The first transaction that had not begun in it. */
	readonly xmax: string;
	/** Transactions that were running in it. */
	readonly running: readonly string[];
	/** The look that is being read, and how far; null: none is. */
	readonly reading: string | null;
	readonly last_xid: string | null;
	readonly last_seq: string | null;
}

export async function readHead({ db }: Reading): Promise<Head> {
	const { rows } = await sql<Head>`
		SELECT h.epoch, h.read_through::text, pg_snapshot_xmax(h.read_through)::text AS xmax,
		       ARRAY(SELECT pg_snapshot_xip(h.read_through)::text) AS running, h.reading::text, h.last_xid::text, h.last_seq::text
		FROM reward_outbox.head_now h`.execute(db);
	return rows[0] as Head;
}
