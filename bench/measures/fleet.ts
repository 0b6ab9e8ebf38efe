import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../../test/support/free-port.ts";
import { startPostgres } from "../../test/support/postgres-server.ts";
import type { Bench } from "../bench.ts";
import { now } from "../clock.ts";
import { ADMIN_TOKEN, ours, oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import { processSeconds, residentMiB } from "../environment/cpu.ts";
import { quantile } from "../statistics.ts";

const READY_WITHIN_MS = 120_000;
/** Until what the start has opened is closed again, and what it has allocated is collected. */
const SETTLE_MS = 25_000;
const RATE = 200;
const WARM_UP_EVENTS = 200;

/** Relays for many databases: what they cost while they are idle, and what one database has of the others. */
export async function measureFleet(bench: Bench): Promise<void> {
	const { fleetDatabases: count, fleetSeconds: seconds } = bench.profile;
	if (count === 0) return;
	bench.progress.heading(`${count} databases, one relay`);
	// Another server than the others': one with that many connections. Commits are not flushed, so that the disk is no
	// part of it.
	await using server = await startPostgres({ settings: { max_connections: String(2 * count + 100) } });
	const urls = await createDatabases(server.url, count);
	const writers = await Promise.all(urls.map(connected));
	try {
		const one = await withOne(bench, urls[0] as string, writers.slice(0, 1), seconds);
		bench.progress.step("one database", shown(one));
		const entries = urls.map((url, index) => ({ name: `shop-${index}`, url }));
		await withFleet(bench, entries, count, async (relay) => {
			const idle = await measureIdle(relay, server.url, seconds);
			bench.record({
				measure: "fleet",
				contender: "ours",
				round: 0,
				setting: { databases: count, state: "idle" },
				values: idle,
			});
			bench.progress.step(
				"idle",
				`${idle.residentMiB.toFixed(0)} MiB, ${(idle.cpuShare * 100).toFixed(2)} % of a core, ${idle.connections.toFixed(2)} connections each (${idle.mostConnections} at most)`,
			);
			const all = await load(bench, writers, seconds);
			record(bench, "all", all, one);
		});
		const dead = { name: "dead", url: `postgres://nobody@127.0.0.1:${await freePort()}/nothing` };
		await withFleet(bench, [...entries, dead], count, async () => {
			await sleep(SETTLE_MS / 2);
			record(bench, "one of them dead", await load(bench, writers, seconds), one);
		});
	} finally {
		await Promise.all(writers.map((client) => client.end()));
	}
}

interface Latency {
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly missing: number;
}

function record(bench: Bench, state: string, latency: Latency, one: Latency): void {
	const values = { ...latency, timesOne: latency.p99Ms / one.p99Ms };
	const databases = bench.profile.fleetDatabases;
	bench.record({ measure: "fleet", contender: "ours", round: 0, setting: { databases, state, rate: RATE }, values });
	bench.progress.step(
		`${RATE} events a second, ${state}`,
		`${shown(latency)}, ${values.timesOne.toFixed(2)} times one database's p99`,
	);
}

function shown({ p50Ms, p99Ms, missing }: Latency): string {
	return `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${missing} missing`;
}

async function createDatabases(serverUrl: string, count: number): Promise<string[]> {
	const admin = await connected(serverUrl);
	await admin.query("CREATE DATABASE fleet_template");
	await ours.prepare(urlOf(serverUrl, "fleet_template"));
	for (let n = 0; n < count; n++) await admin.query(`CREATE DATABASE fleet_${n} TEMPLATE fleet_template`);
	await admin.end();
	return Array.from({ length: count }, (_, n) => urlOf(serverUrl, `fleet_${n}`));
}

function urlOf(serverUrl: string, database: string): string {
	const url = new URL(serverUrl);
	url.pathname = `/${database}`;
	return url.href;
}

async function connected(url: string): Promise<pg.Client> {
	const client = new pg.Client({ connectionString: url, application_name: "bench" });
	await client.connect();
	return client;
}

async function withOne(bench: Bench, url: string, writers: readonly pg.Client[], seconds: number): Promise<Latency> {
	await ours.afterCreate?.(url, "");
	const relay = new Child({ name: "the relay", ...oursCommand(url, bench.sink.url, 64, 0) });
	try {
		const listening = "SELECT FROM reward_outbox.relays WHERE wake_mode = 'listening' AND stopped_at IS NULL";
		for (let n = 0; (await (writers[0] as pg.Client).query(listening)).rowCount !== 1; n++) {
			if (n > READY_WITHIN_MS / 100) throw new Error(`the relay does not listen:\n${relay.said}`);
			await Promise.race([sleep(100), relay.died]);
		}
		return await load(bench, writers, seconds);
	} finally {
		await relay.stop(20_000);
	}
}

async function withFleet(
	bench: Bench,
	entries: readonly { readonly name: string; readonly url: string }[],
	ready: number,
	use: (relay: Child) => Promise<void>,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "reward-outbox-bench-fleet-"));
	const port = await freePort();
	const path = join(folder, "databases.json");
	writeFileSync(path, JSON.stringify({ databases: entries }), { mode: 0o600 });
	const { env, ...command } = oursCommand("", bench.sink.url, 64, port);
	const { DATABASE_URL: _, ...others } = env;
	const relay = new Child({ name: "the fleet", ...command, env: { ...others, REWARD_OUTBOX_DATABASES_FILE: path } });
	try {
		await untilReady(relay, port, ready);
		await use(relay);
	} finally {
		await relay.stop(30_000);
		rmSync(folder, { recursive: true, force: true });
	}
}

async function untilReady(relay: Child, port: number, ready: number): Promise<void> {
	const deadline = performance.now() + READY_WITHIN_MS;
	for (;;) {
		const answer = await fetch(`http://127.0.0.1:${port}/readyz`, {
			headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
		}).then(
			async (response) => (await response.json()) as { counts?: { ready: number } },
			() => null,
		);
		if (answer?.counts?.ready === ready) return;
		if (performance.now() > deadline) throw new Error(`${answer?.counts?.ready} of ${ready} are ready:\n${relay.said}`);
		await Promise.race([sleep(200), relay.died]);
	}
}

async function measureIdle(relay: Child, serverUrl: string, seconds: number) {
	await sleep(SETTLE_MS);
	const before = processSeconds(relay.pid) ?? Number.NaN;
	const from = performance.now();
	await sleep(seconds * 2_000);
	const elapsed = (performance.now() - from) / 1000;
	const used = (processSeconds(relay.pid) ?? Number.NaN) - before;
	const admin = await connected(serverUrl);
	const { rows } = await admin.query<{ mean: number; most: number }>(
		`SELECT avg(n)::float AS mean, max(n)::integer AS most FROM (
		   SELECT count(*) AS n FROM pg_stat_activity WHERE application_name LIKE 'reward-outbox%' GROUP BY datname) s`,
	);
	await admin.end();
	return {
		residentMiB: residentMiB(relay.pid) ?? Number.NaN,
		cpuShare: used / elapsed,
		connections: rows[0]?.mean ?? Number.NaN,
		mostConnections: rows[0]?.most ?? Number.NaN,
	};
}

/** One event after the other, each into another database, at an even rate. */
async function load(bench: Bench, writers: readonly pg.Client[], seconds: number): Promise<Latency> {
	const events = RATE * seconds + WARM_UP_EVENTS;
	await bench.sink.expect({ events, latencyMs: 0 });
	const acknowledgedAt = new Float64Array(events);
	const writing: Promise<void>[] = [];
	const begun = performance.now();
	for (let n = 0; n < events; n++) {
		const wait = begun + (n * 1000) / RATE - performance.now();
		if (wait > 0) await sleep(wait);
		writing.push(write(writers[n % writers.length] as pg.Client, n, acknowledgedAt));
	}
	await Promise.all(writing);
	await sleep(3_000);
	const { arrivedAt } = await bench.sink.arrivals();
	const latencies: number[] = [];
	let missing = 0;
	for (let n = WARM_UP_EVENTS; n < events; n++) {
		const latency = (arrivedAt[n] as number) - (acknowledgedAt[n] as number);
		if (Number.isNaN(latency)) missing++;
		else latencies.push(latency);
	}
	return { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), missing };
}

async function write(client: pg.Client, n: number, acknowledgedAt: Float64Array): Promise<void> {
	await client.query(
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('bench', $1, '{"value": 19.99}')`,
		[`u${n}`],
	);
	acknowledgedAt[n] = now();
}
