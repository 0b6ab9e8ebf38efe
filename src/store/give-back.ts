import type { Database } from "./database.ts";

/**
 * Returns claimed events that were provably not sent, with the attempt count they had before the claim. Repeatable.
 * @param eventIds null: everything unsettled under the lease
 * @returns how many were returned
 */
export async function giveBack(db: Database, leaseId: string, eventIds: readonly string[] | null): Promise<number> {
	const statement = "SELECT reward_outbox.give_back($1, $2) AS n";
	const { rows } = await db.query<{ n: number }>(statement, [leaseId, eventIds]);
	return rows[0]?.n ?? 0;
}
