import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { freePort } from "../../test/support/free-port.ts";
import type { Bench } from "../bench.ts";
import { ours, oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import { residentMiB } from "../environment/cpu.ts";
import { quantileBetween, readClaimDurations } from "../environment/relay-metrics.ts";
import { write } from "../writer/writer.ts";
import { countFunctions, meanBetween, readClaimTime } from "./claim-times.ts";

const RATE = 500;
const AT_ONCE = 100_000;
const TRANSACTION = 1_000;
const SINK_MS = 50;
const SETTLE_MS = 3_000;

/** Claims and memory of a relay with much behind it, and with much before it. */
export async function measureRecord(bench: Bench): Promise<void> {
	const { recorded, pending } = bench.profile;
	if (recorded.length > 0 || pending > 0) bench.progress.heading("much on record, much pending");
	for (const events of recorded) {
		await run(bench, `${events.toLocaleString("en")} delivered on record`, { delivered: events, pending: 0 });
	}
	if (pending > 0) await run(bench, `${pending.toLocaleString("en")} pending`, { delivered: 0, pending });
}

async function run(
	bench: Bench,
	what: string,
	load: { readonly delivered: number; readonly pending: number },
): Promise<void> {
	await using database = await bench.databases.create(ours);
	await countFunctions(bench.server, database.name);
	await database.client.query("SET synchronous_commit = off");
	if (load.delivered > 0) await fillDelivered(database.client, load.delivered);
	else await fillPending(database.client, load.pending);
	await database.client.query("VACUUM (ANALYZE)");
	await bench.server.admin.query("CHECKPOINT").catch(() => {});

	const seconds = bench.profile.recordSeconds;
	await bench.sink.expect({ events: 2_000_000, latencyMs: load.pending > 0 ? SINK_MS : 0 });
	const port = await freePort();
	const child = new Child({ name: "relay", ...oursCommand(database.url, bench.sink.url, 64, port) });
	try {
		const firstEvent = 1_500_000;
		const request = {
			databaseUrl: database.url,
			insertion: ours.insertion,
			connections: 8,
			rate: RATE,
			even: false,
			firstEvent,
		};
		const writing = load.delivered > 0 ? write({ ...request, events: RATE * (seconds + SETTLE_MS / 1000) }) : null;
		await sleep(SETTLE_MS);
		const before = { durations: await readClaimDurations(port), time: await readClaimTime(database.client) };
		const memory: number[] = [];
		for (let second = 0; second < seconds; second++) {
			await sleep(1000);
			memory.push(residentMiB(child.pid) ?? Number.NaN);
		}
		const after = { durations: await readClaimDurations(port), time: await readClaimTime(database.client) };
		await writing;
		const third = Math.max(1, Math.floor(memory.length / 3));
		const values = {
			claimMeanMs: meanBetween(before.time, after.time),
			claimP99Ms: quantileBetween(before.durations, after.durations, 0.99),
			memoryMostMiB: Math.max(...memory),
			memoryGrowthMiB: mean(memory.slice(-third)) - mean(memory.slice(0, third)),
		};
		bench.record({ measure: "record", contender: "ours", round: 0, setting: { ...load }, values });
		bench.progress.step(
			what,
			`claim mean ${values.claimMeanMs?.toFixed(2)} ms, p99 ${values.claimP99Ms?.toFixed(2)} ms; memory ${values.memoryMostMiB.toFixed(0)} MiB at most, grew by ${values.memoryGrowthMiB.toFixed(1)}`,
		);
	} finally {
		await child.stop();
	}
}

/** As if they had been delivered one by one: an outbox row and an accepted attempt each, and the head past them. */
async function fillDelivered(client: pg.Client, events: number): Promise<void> {
	for (let first = 0; first < events; first += AT_ONCE) {
		await client.query(
			`WITH written AS (
			   INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
			   SELECT 'bench', 'u' || n, '{"value": 19.99}' FROM generate_series($1::integer, $2::integer) n RETURNING id
			 )
			 INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
			 SELECT id, clock_timestamp(), 1, 3, 0, 200, 'accepted' FROM written`,
			[first, Math.min(first + AT_ONCE, events) - 1],
		);
	}
	await client.query("INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot())");
}

async function fillPending(client: pg.Client, events: number): Promise<void> {
	await client.query("SET reward_outbox.notify = off");
	await client.query(`DO $$ BEGIN
		FOR i IN 0 .. ${Math.ceil(events / TRANSACTION) - 1} LOOP
			INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
			SELECT 'bench', 'u' || n, '{"value": 19.99}' FROM generate_series(i * ${TRANSACTION}, (i + 1) * ${TRANSACTION} - 1) n;
			COMMIT;
		END LOOP;
	END $$`);
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
