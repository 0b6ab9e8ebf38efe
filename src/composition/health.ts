import type { HealthReport } from "../relay/health.ts";
import type { Relay } from "../relay/relay.ts";
import type { Database } from "../store/database.ts";
import { readLockHolders } from "../store/lock-holders.ts";
import { ping } from "../store/relays.ts";

/**
 * Asks the database once more, over a connection that delivery does not use, and adds what the relay knows of itself.
 */
export async function readHealth(db: Database, relay: Pick<Relay, "state">): Promise<HealthReport> {
	const askedAt = performance.now();
	const database = await ping(db).then(
		() => ({ ok: true, latency_ms: Math.round(performance.now() - askedAt) }),
		(error: { code?: unknown }) => ({ ok: false, error_code: typeof error.code === "string" ? error.code : null }),
	);
	const { state } = relay;
	return {
		ready: database.ok && state.databaseOk && state.listener !== "connecting",
		database,
		listener: { mode: state.listener },
		paused: state.pause,
		held_up_by: database.ok ? await readLockHolders(db).catch(() => []) : [],
	};
}
