import type { TestDatabase } from "../support/database.ts";

/** How many rows of any kind a statement has touched: what a claim costs, whatever the machine is doing. */
async function rowsRead(database: TestDatabase): Promise<number> {
	const { rows } = await database.query(`
		SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::int AS n
		FROM pg_stat_user_tables WHERE schemaname = 'reward_outbox'`);
	return rows[0]?.["n"];
}

/** What of that `work` has caused, from a session that reports at once. */
export async function costOf(database: TestDatabase, work: () => Promise<unknown>): Promise<number> {
	const settled = async () => {
		await database.query("SELECT pg_stat_force_next_flush()").catch(() => {});
		return rowsRead(database);
	};
	const before = await settled();
	await work();
	return (await settled()) - before;
}
