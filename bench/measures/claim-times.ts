import type pg from "pg";
import type { Server } from "../environment/server.ts";

/** Calls of reward_outbox.claim() and milliseconds spent in it, by PostgreSQL's own statistics. */
export interface FunctionTime {
	readonly calls: number;
	readonly ms: number;
}

/** From now on new sessions of that database count their function calls. False: not allowed to. */
export async function countFunctions(server: Server, database: string): Promise<boolean> {
	if (!server.superuser) return false;
	await server.admin.query(`ALTER DATABASE ${database} SET track_functions = 'pl'`);
	return true;
}

export async function readClaimTime(client: pg.Client): Promise<FunctionTime | null> {
	const { rows } = await client.query<FunctionTime>(
		"SELECT calls::float8 AS calls, total_time AS ms FROM pg_stat_user_functions WHERE schemaname = 'reward_outbox' AND funcname = 'claim'",
	);
	return rows[0] ?? null;
}

export function meanBetween(before: FunctionTime | null, after: FunctionTime | null): number | null {
	if (after === null) return null;
	const calls = after.calls - (before?.calls ?? 0);
	return calls === 0 ? null : (after.ms - (before?.ms ?? 0)) / calls;
}
