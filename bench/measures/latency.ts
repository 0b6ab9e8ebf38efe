import { allowed, type Bench, interleaved } from "../bench.ts";
import { CONTENDERS } from "../contenders/all.ts";
import type { Contender } from "../contenders/contender.ts";
import { processSeconds, serverSeconds } from "../environment/cpu.ts";
import { startContender, within } from "../environment/run.ts";
import { quantile } from "../statistics.ts";
import { write } from "../writer/writer.ts";
import { READY_WITHIN_MS, untilAlive } from "./alive.ts";

const RATES = [200, 1_000] as const;
const WRITER_CONNECTIONS = 16;
/** Of the run's time: not counted. */
const WARM_UP = 0.4;
const WAIT_AFTER_MS = 3_000;

/** Single-row transactions at random moments, whatever the relay does: from the acknowledgement to the request. */
export async function measureLatency(bench: Bench): Promise<void> {
	const all = allowed(
		bench,
		CONTENDERS.filter(({ id }) => !["bare-undici", "bare-listen", "ours-unchained"].includes(id)),
	);
	const rounds = Math.max(1, bench.profile.rounds - 1);
	for (const rate of RATES) {
		await interleaved(bench, all, rounds, `latency at ${rate} inserts a second`, (contender, round) =>
			latencyOnce(bench, contender, rate, round),
		);
	}
}

async function latencyOnce(bench: Bench, contender: Contender, rate: number, round: number): Promise<string> {
	const { latencySeconds } = bench.profile;
	await using database = await bench.databases.create(contender);
	const events = Math.round(rate * latencySeconds);
	// Event 0 shows that the contender is alive.
	const reception = await bench.sink.expect({ events: events + 1, latencyMs: 0, mark: 1 });
	const assignment = {
		databaseUrl: database.url,
		sinkUrl: bench.sink.url,
		concurrency: 64,
		tuning: "latency" as const,
		events,
	};
	const child = startContender(contender, assignment);
	try {
		if (child !== null) await untilAlive(contender, database, reception.marked, READY_WITHIN_MS);
		const before = [child && processSeconds(child.pid), serverSeconds(bench.server.postmaster)] as const;
		const { dueAt, sentAt, acknowledgedAt } = await write({
			databaseUrl: database.url,
			insertion: contender.insertion,
			connections: WRITER_CONNECTIONS,
			rate,
			even: false,
			firstEvent: 1,
			events,
		});
		const backlog = child === null ? 0 : events + 1 - (await bench.sink.arrivals()).count;
		if (child !== null) await within(WAIT_AFTER_MS, reception.complete);
		const after = [child && processSeconds(child.pid), serverSeconds(bench.server.postmaster)] as const;
		const { arrivedAt, repeated } = await bench.sink.arrivals();

		const first = Math.floor(events * WARM_UP);
		const inserts: number[] = [];
		const waits: number[] = [];
		const latencies: number[] = [];
		for (let i = first; i < events; i++) {
			inserts.push((acknowledgedAt[i] as number) - (sentAt[i] as number));
			waits.push((sentAt[i] as number) - (dueAt[i] as number));
			const arrival = arrivedAt[i + 1] as number;
			if (!Number.isNaN(arrival)) latencies.push(arrival - (acknowledgedAt[i] as number));
		}
		const missing = events - first - latencies.length;
		const cpu = (i: 0 | 1) =>
			before[i] === null || after[i] === null ? null : ((after[i] - before[i]) / events) * 1e6;
		const values = {
			p50Ms: child === null ? null : quantile(latencies, 0.5),
			p99Ms: child === null ? null : quantile(latencies, 0.99),
			insertP50Ms: quantile(inserts, 0.5),
			insertP99Ms: quantile(inserts, 0.99),
			waitedForConnectionP50Ms: quantile(waits, 0.5),
			nodeMicroseconds: cpu(0),
			postgresMicroseconds: cpu(1),
			backlog,
			missing: child === null ? null : missing,
			repeated,
		};
		bench.record({ measure: "latency", contender: contender.id, round, setting: { rate }, values });
		const insert = `INSERT p50 ${values.insertP50Ms.toFixed(2)} ms`;
		if (child === null) return insert;
		if (missing > 0)
			bench.progress.note(
				`${contender.name} at ${rate}/s: ${missing} of ${events - first} had not arrived ${WAIT_AFTER_MS / 1000} s after the last insert`,
			);
		return `p50 ${values.p50Ms?.toFixed(2)} ms, p99 ${values.p99Ms?.toFixed(1)} ms, ${insert}${missing > 0 ? `, ${missing} missing` : ""}`;
	} finally {
		await child?.stop();
	}
}
