import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../../test/support/free-port.ts";
import type { Bench } from "../bench.ts";
import { contenderNamed } from "../contenders/all.ts";
import type { Contender } from "../contenders/contender.ts";
import { oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import { quantileBetween, readClaimDurations } from "../environment/relay-metrics.ts";
import { startContender, within } from "../environment/run.ts";
import { quantile } from "../statistics.ts";
import { write } from "../writer/writer.ts";
import { READY_WITHIN_MS, untilAlive } from "./alive.ts";
import { countFunctions, meanBetween, readClaimTime } from "./claim-times.ts";

const RATE = 500;
const CONNECTIONS = 16;
const INTERVALS = 15;
/** Of them before the snapshot is pinned. */
const UNPINNED = 2;
const PEERS = ["graphile-worker", "pg-boss"];

/** A steady load while a long transaction elsewhere keeps every dead row alive. */
export async function measureAgeing(bench: Bench): Promise<void> {
	const { ageingSeconds, ageingPeerSeconds } = bench.profile;
	bench.progress.heading(`${RATE} inserts a second while a snapshot stays pinned`);
	const contenders = [contenderNamed("ours"), ...(ageingPeerSeconds > 0 ? PEERS.map(contenderNamed) : [])];
	for (const contender of contenders) {
		try {
			await ageOnce(bench, contender, contender.id === "ours" ? ageingSeconds : ageingPeerSeconds);
		} catch (error) {
			bench.progress.note(
				`ageing of ${contender.name} failed: ${error instanceof Error ? error.message : String(error)}`,
			);
		}
	}
}

async function ageOnce(bench: Bench, contender: Contender, seconds: number): Promise<void> {
	await using database = await bench.databases.create(contender);
	await countFunctions(bench.server, database.name);
	const events = Math.round(RATE * seconds);
	const reception = await bench.sink.expect({ events: events + 1, latencyMs: 0, mark: 1 });
	const port = contender.id === "ours" ? await freePort() : 0;
	const assignment = {
		databaseUrl: database.url,
		sinkUrl: bench.sink.url,
		concurrency: 64,
		tuning: "latency" as const,
		events,
	};
	const child =
		port > 0
			? new Child({ name: "relay", ...oursCommand(database.url, bench.sink.url, 64, port) })
			: (startContender(contender, assignment) as Child);
	const pin = new pg.Client({ connectionString: database.url, application_name: "bench pin" });
	await pin.connect();
	try {
		await untilAlive(contender, database, reception.marked, READY_WITHIN_MS);
		const intervalMs = (seconds * 1000) / INTERVALS;
		const secondsAfter = (intervals: number) => Math.round((intervals * intervalMs) / 100) / 10;
		const writing = write({
			databaseUrl: database.url,
			insertion: contender.insertion,
			connections: CONNECTIONS,
			rate: RATE,
			even: false,
			firstEvent: 1,
			events,
		});
		writing.catch(() => {});
		const claims = await watchClaims(database.client, port, pin, intervalMs);
		const { acknowledgedAt } = await writing;
		await within(2_000, reception.complete);
		const { arrivedAt, count } = await bench.sink.arrivals();
		for (let interval = 0; interval < INTERVALS; interval++) {
			const first = Math.floor((events * interval) / INTERVALS);
			const last = Math.floor((events * (interval + 1)) / INTERVALS);
			const latencies = Array.from(
				{ length: last - first },
				(_, i) => (arrivedAt[first + i + 1] as number) - (acknowledgedAt[first + i] as number),
			);
			const arrived = latencies.filter((latency) => !Number.isNaN(latency));
			const values = {
				p50Ms: quantile(arrived, 0.5),
				p99Ms: quantile(arrived, 0.99),
				missing: latencies.length - arrived.length,
				...claims[interval],
			};
			const setting = {
				second: secondsAfter(interval + 1),
				pinnedSeconds: secondsAfter(Math.max(0, interval + 1 - UNPINNED)),
			};
			bench.record({ measure: "ageing", contender: contender.id, round: 0, setting, values });
			if (interval % 4 === 1 || interval === INTERVALS - 1) {
				const claim =
					values.claimP99Ms === undefined || values.claimP99Ms === null
						? ""
						: `, claim mean ${values.claimMeanMs?.toFixed(2)} ms, p99 ${values.claimP99Ms.toFixed(2)} ms`;
				bench.progress.step(
					`${contender.name}, pinned ${setting.pinnedSeconds} s`,
					`p50 ${values.p50Ms.toFixed(2)} ms, p99 ${values.p99Ms.toFixed(1)} ms${claim}`,
				);
			}
		}
		if (count < events + 1)
			bench.progress.note(`ageing: ${contender.name} was ${events + 1 - count} of ${events} events behind at the end`);
	} finally {
		await child.stop();
		await pin.end();
	}
}

/** Reads the claims' statistics interval by interval, and pins the snapshot after the first ones. */
async function watchClaims(client: pg.Client, port: number, pin: pg.Client, intervalMs: number) {
	const read = async () =>
		port === 0 ? null : { durations: await readClaimDurations(port), time: await readClaimTime(client) };
	const found: { claimMeanMs: number | null; claimP99Ms: number | null }[] = [];
	let before = await read();
	const startedAt = performance.now();
	for (let interval = 0; interval < INTERVALS; interval++) {
		if (interval === UNPINNED) {
			await pin.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
			await pin.query("SELECT count(*) FROM pg_class");
		}
		await sleep(Math.max(0, startedAt + (interval + 1) * intervalMs - performance.now()));
		const after = await read();
		found.push(
			before === null || after === null
				? { claimMeanMs: null, claimP99Ms: null }
				: {
						claimMeanMs: meanBetween(before.time, after.time),
						claimP99Ms: quantileBetween(before.durations, after.durations, 0.99),
					},
		);
		before = after;
	}
	return found;
}
