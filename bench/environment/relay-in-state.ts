import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../test/support/free-port.ts";
import type { Bench } from "../bench.ts";
import { ours, oursCommand } from "../contenders/ours.ts";
import type { RelayState } from "../measures/writer-schemes.ts";
import { Child } from "./child.ts";
import type { BenchDatabase } from "./databases.ts";

/** Events a relay may meet: more than any machine writes in the time. */
const SINK_ROOM = 200_000;
/** So many wait when it starts that it soon knows what it is up against. */
const WAITING = 2_000;
const DEADLINE_MS = 20_000;

/** A relay that is up and has come to the state in which the application meets it. */
export async function startRelayIn(state: RelayState, bench: Bench, database: BenchDatabase): Promise<Child> {
	const { reward } = state;
	const answers = reward === "unreachable" ? { latencyMs: 0, status: 200 as const } : reward;
	await bench.sink.expect({ events: SINK_ROOM, ...answers });
	if (state.paused) await database.client.query("SELECT reward_outbox.pause_trigger('bench', 'the benchmark')");
	const rewardUrl = reward === "unreachable" ? `http://127.0.0.1:${await freePort()}` : bench.sink.url;
	await ours.fill(database.client, WAITING);
	const relay = new Child({ name: "the relay", ...oursCommand(database.url, rewardUrl, 64, 0) });
	try {
		await untilIn(state.reached, database, relay);
	} catch (error) {
		await relay.stop();
		throw error;
	}
	return relay;
}

export async function untilIn(reached: string, { client }: BenchDatabase, relay: Child): Promise<void> {
	const deadline = performance.now() + DEADLINE_MS;
	while (performance.now() < deadline) {
		const { rowCount } = await client.query(
			`SELECT FROM reward_outbox.relays WHERE listener = 'listening' AND stopped_at IS NULL AND ${reached}`,
		);
		if (rowCount === 1) return;
		await Promise.race([sleep(20), relay.died]);
	}
	throw new Error(`the relay did not come to "${reached}":\n${relay.said}`);
}
