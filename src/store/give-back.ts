import type { Database } from "./database.ts";

/**
 * Returns claimed events that were provably not sent, with the attempt count they had before the claim. Repeatable.
 * @param eventIds null: everything unsettled under the lease
 * @param delayMs not claimed again before that many milliseconds
 * @returns how many were returned
 */
export async function giveBack(
	db: Database,
	leaseId: string,
	eventIds: readonly string[] | null,
	delayMs: number,
): Promise<number> {
	const { rows } = await db.query<{ n: number }>("SELECT reward_outbox.give_back($1, $2, $3) AS n", [
		leaseId,
		eventIds,
		delayMs,
	]);
	return rows[0]?.n ?? 0;
}
