import type { Database } from "../store/database.ts";
import { readLockHolders } from "../store/lock-holders.ts";
import { type Check, ok, warn } from "./check.ts";

/** Whether anybody else holds what relays wait for. */
export async function checkLocks(db: Database): Promise<Check[]> {
	const holders = await readLockHolders(db);
	if (holders.length === 0) return [ok("locks", "nobody else holds what relays wait for")];
	return holders.map(({ pid, role, application, holds }) =>
		warn(
			"locks",
			`process ${pid} (role ${role ?? "unknown"}, application ${application || "unnamed"}) holds what relays wait for: ${holds}`,
			`end its transaction or session; as a DBA: SELECT pg_terminate_backend(${pid})`,
		),
	);
}
