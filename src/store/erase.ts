import type { Database } from "./database.ts";

/** What was changed. */
export interface Erased {
	readonly events: number;
	readonly attempts: number;
	readonly receipts: number;
	/** Decisions, watch errors, quarantined webhooks, runs, saved searches. */
	readonly others: number;
}

/** Events of the person that may still be sent. */
export async function countUnfinished(db: Database, userId: string): Promise<number> {
	const { rows } = await db.query<{ count: number }>(
		`SELECT count(*)::integer AS count
		 FROM reward_outbox.events e
		 WHERE e.user_id = $1 AND e.status IN ('pending', 'sending', 'uncertain')`,
		[userId],
	);
	return rows[0]?.count ?? 0;
}

const BATCH = 500;

/** Removes a person in batches: run again after a failure, it goes on. */
export async function eraseUser(
	db: Database,
	userId: string,
	actor: string | null,
	onProgress: (events: number) => void,
): Promise<Erased> {
	const total = { events: 0, attempts: 0, receipts: 0, others: 0 };
	for (;;) {
		const { rows } = await db.query<Erased & { more: boolean }>(
			"SELECT e.events, e.attempts, e.receipts, e.others, e.more FROM reward_outbox.erase_user($1, $2, $3) e",
			[userId, BATCH, actor],
		);
		const [batch] = rows as [(typeof rows)[0]];
		for (const name of ["events", "attempts", "receipts", "others"] as const) total[name] += batch[name];
		onProgress(total.events);
		if (!batch.more) return total;
	}
}
