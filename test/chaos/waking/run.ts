/**
 * `npm run stress:waking -- [--rows 1000000] [--relays 3] [--poll-ms 5000] [--seed N]`: is anybody missed? Inserts at
 * changing rates, some from transactions that stay open for seconds, while relays are killed, frozen and cut off,
 * mostly those that ask to be notified. No committed row may wait for longer than the poll that stands behind the
 * wake-up protocol, and the time a busy machine needs. Exits 1 if one did.
 */
import { parseArgs } from "node:util";
import pg from "pg";
import { seededRandom } from "../../../src/sandbox/chance.ts";
import { migrateToLatest } from "../../../src/store/migrate.ts";
import { readValue, until } from "../../lifecycle/facts.ts";
import { startPostgres } from "../../support/postgres-server.ts";
import { startAcceptingServer } from "./accepting-server.ts";
import { WokenRelays } from "./faults.ts";
import { readWaits, type Waits, watchClaims } from "./waits.ts";
import { writeInPhases } from "./writers.ts";

const { values } = parseArgs({
	options: {
		rows: { type: "string", default: "1000000" },
		relays: { type: "string", default: "3" },
		"poll-ms": { type: "string", default: "5000" },
		seed: { type: "string", default: String(Date.now() % 100_000) },
	},
});
const pollMs = Number(values["poll-ms"]);
/**
 * A tenth is the poll's own jitter; the rest is for a machine on which everything runs at once, restarts of relays
 * included.
 */
const boundMs = pollMs * 1.1 + 2_000;
const DRAIN_LIMIT_MS = 180_000;
const random = seededRandom(Number(values.seed));

await using server = await startPostgres({ settings: { track_commit_timestamp: "on", max_wal_size: "4GB" } });
await migrateToLatest(server.url);
const pool = new pg.Pool({ connectionString: server.url, max: 3, application_name: "stress" });
pool.on("error", () => {});
await watchClaims(pool);
await using reward = await startAcceptingServer();
const relays = new WokenRelays(
	Number(values.relays),
	{
		databaseUrl: server.url,
		reward,
		env: { LOG_LEVEL: "error", REWARD_OUTBOX_POLL_INTERVAL_MS: String(pollMs) },
	},
	pool,
	random,
);
console.log(`${values.rows} rows, ${values.relays} relays, poll ${pollMs} ms, seed ${values.seed}`);
process.exitCode = print(await stress()) ? 0 : 1;
await relays.abandon();
await pool.end();

async function stress(): Promise<Waits> {
	await relays.up();
	const over = new AbortController();
	const trouble = relays.trouble(over.signal);
	const startedAt = performance.now();
	await writeInPhases({
		url: server.url,
		rows: Number(values.rows),
		random,
		onPhase: (rows, perSecond) =>
			console.log(
				`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${rows} rows, now ${perSecond}/s`,
			),
	});
	over.abort();
	await trouble;
	const open = "SELECT count(*)::integer FROM reward_outbox.events WHERE status IN ('pending', 'sending')";
	await until("all is drained", async () => (await readValue<number>(pool, open)) === 0, DRAIN_LIMIT_MS).catch(
		() => {},
	);
	await relays.stop();
	return await readWaits(pool);
}

function print(waits: Waits): boolean {
	const { killedAsking, killedOtherwise, frozenAsking, locksCut } = relays.counts;
	const ms = (value: number) => `${value.toFixed(1)} ms`;
	const lines: [string, string | number][] = [
		["rows committed", waits.rows],
		["never claimed", waits.missed],
		["wait until claimed, p50 / p99 / p99.9", [waits.p50, waits.p99, waits.p999].map(ms).join(" / ")],
		["longest wait", `${ms(waits.longest)} (bound ${boundMs} ms)`],
		["rows that waited over a second", waits.overOneSecond],
		["relays killed that asked, otherwise", `${killedAsking}, ${killedOtherwise}`],
		["relays frozen that asked", frozenAsking],
		["sessions with the wake lock cut", locksCut],
	];
	for (const [what, value] of lines) console.log(`${what.padEnd(40)} ${value}`);
	const holds = waits.missed === 0 && waits.longest <= boundMs;
	console.log(holds ? "nobody is missed" : "SOMEBODY WAITED TOO LONG");
	return holds;
}
