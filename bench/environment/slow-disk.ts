import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child.ts";
import type { Server } from "./server.ts";

const NAME = "reward_outbox_bench_slow_disk";
const DEADLINE_MS = 10_000;

/**
 * A disk that takes longer to flush: until it is disposed of, every commit of this server also waits for a synchronous
 * standby that takes so long for a flush, one at a time. What waits keeps its transaction's locks, as during an fsync.
 */
export async function slowDisk(server: Server, flushMs: number): Promise<AsyncDisposable> {
	const standby = new Child({
		name: "the slow disk",
		script: new URL("../processes/slow-standby.ts", import.meta.url).pathname,
		env: { BENCH_DATABASE_URL: server.url, BENCH_STANDBY_NAME: NAME, BENCH_FLUSH_MS: String(flushMs) },
	});
	await standby.next("started");
	await waitForStandbys(server, NAME);
	return {
		async [Symbol.asyncDispose]() {
			await waitForStandbys(server, "");
			await standby.stop();
		},
	};
}

/** Has commits wait for the standbys of that name, or for none. */
async function waitForStandbys(server: Server, name: string): Promise<void> {
	await server.admin.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
	await server.admin.query("SELECT pg_reload_conf()");
	const deadline = performance.now() + DEADLINE_MS;
	while (performance.now() < deadline) {
		const { rows } = await server.admin.query<{ synchronous: number }>(
			"SELECT count(*)::integer AS synchronous FROM pg_stat_replication WHERE sync_state = 'sync'",
		);
		if (rows[0]?.synchronous === (name === "" ? 0 : 1)) return;
		await sleep(10);
	}
	throw new Error("the stand-in for a slow disk did not come up");
}
