import { type Bench, interleaved } from "../bench.ts";
import { contenderNamed } from "../contenders/all.ts";
import type { Contender } from "../contenders/contender.ts";
import { startContender, within } from "../environment/run.ts";
import { quantile } from "../statistics.ts";
import { write } from "../writer/writer.ts";
import { READY_WITHIN_MS, untilAlive } from "./alive.ts";

/** Slow enough that everybody is idle when an event comes. */
const RATE = 8;
/** Our relay uses connections again once sixteen of them have shown nothing wrong, each for a second. */
const WARM_UP_EVENTS = 32;

/** One event at a time on an idle system: from the commit's acknowledgement to the request. */
export async function measureIdle(bench: Bench): Promise<void> {
	const contenders = [contenderNamed("ours"), contenderNamed("bare-listen")];
	await interleaved(bench, contenders, bench.profile.rounds, "one event at a time, idle system", (contender, round) =>
		idleOnce(bench, contender, round),
	);
}

async function idleOnce(bench: Bench, contender: Contender, round: number): Promise<string> {
	const events = bench.profile.idleEvents + WARM_UP_EVENTS;
	await using database = await bench.databases.create(contender);
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
		await untilAlive(contender, database, reception.marked, READY_WITHIN_MS);
		const { acknowledgedAt } = await write({
			databaseUrl: database.url,
			insertion: contender.insertion,
			connections: 1,
			rate: RATE,
			even: true,
			firstEvent: 1,
			events,
		});
		await within(2_000, reception.complete);
		const { arrivedAt } = await bench.sink.arrivals();
		const latencies = Array.from({ length: events - WARM_UP_EVENTS }, (_, i) => {
			const index = i + WARM_UP_EVENTS;
			return (arrivedAt[index + 1] as number) - (acknowledgedAt[index] as number);
		});
		const values = { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), events: latencies.length };
		bench.record({ measure: "idle", contender: contender.id, round, setting: { rate: RATE }, values });
		return `p50 ${values.p50Ms.toFixed(2)} ms, p99 ${values.p99Ms.toFixed(2)} ms of ${latencies.length}`;
	} finally {
		await child?.stop();
	}
}
