import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { ours, oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import { createMachineLoad, serverSeconds } from "../environment/cpu.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { within } from "../environment/run.ts";

const SINK_MS = 50;
const WARM_UP = 0.25;
const DEADLINE_MS = 60_000;
/** More than this no machine of this kind has delivered: bounds how many events are prepared. */
const MOST_PER_SECOND = 12_000;

/** Several relays on one database, each a process of its own, with a receiver that takes 50 ms. */
export async function measureScale(bench: Bench): Promise<void> {
	const { profile, progress } = bench;
	const rounds = Math.max(1, profile.rounds - 1);
	for (const concurrency of profile.scaleConcurrency) {
		progress.heading(`several relays, ${concurrency} requests in flight each, sink answers after ${SINK_MS} ms`);
		for (let round = 0; round < rounds; round++) {
			for (const relays of profile.scaleRelays) {
				try {
					progress.step(
						`${relays} ${relays === 1 ? "relay" : "relays"}`,
						await scaleOnce(bench, relays, concurrency, round),
					);
				} catch (error) {
					progress.note(`${relays} relays failed: ${error instanceof Error ? error.message : String(error)}`);
				}
			}
		}
	}
}

async function scaleOnce(bench: Bench, relays: number, concurrency: number, round: number): Promise<string> {
	const possible = (relays * concurrency * 1000) / SINK_MS;
	const events = Math.round((Math.min(possible, MOST_PER_SECOND) * bench.profile.scaleSeconds) / (1 - WARM_UP));
	await using database = await bench.databases.create(ours);
	const warm = Math.floor(events * WARM_UP);
	const reception = await bench.sink.expect({ events, latencyMs: SINK_MS, mark: warm });
	const children = Array.from(
		{ length: relays },
		(_, i) => new Child({ name: `relay ${i + 1}`, ...oursCommand(database.url, bench.sink.url, concurrency, 0) }),
	);
	try {
		await untilListening(database, relays);
		await ours.fill(database.client, events);
		const markedAt = await within(DEADLINE_MS, Promise.race([reception.marked, ...children.map(({ died }) => died)]));
		const load = createMachineLoad();
		const before = serverSeconds(bench.server.postmaster);
		const endedAt = await within(DEADLINE_MS, Promise.race([reception.complete, ...children.map(({ died }) => died)]));
		const busy = load();
		const after = serverSeconds(bench.server.postmaster);
		if (markedAt === undefined || endedAt === undefined)
			throw new Error(`not delivered within ${DEADLINE_MS / 1000} s`);
		const { repeated } = await bench.sink.arrivals();
		const seconds = (endedAt - markedAt) / 1000;
		const rate = (events - warm) / seconds;
		bench.record({
			measure: "scale",
			contender: "ours",
			round,
			setting: { relays, concurrency },
			values: {
				eventsPerSecond: rate,
				ofPossible: rate / possible,
				machineBusy: busy,
				postgresCores: before === null || after === null ? null : (after - before) / seconds,
				repeated,
			},
		});
		return `${Math.round(rate)}/s, ${Math.round((rate / possible) * 100)} % of ${possible}/s; machine ${Math.round((busy ?? 0) * 100)} % busy${repeated > 0 ? `; ${repeated} TWICE` : ""}`;
	} finally {
		await Promise.all(children.map((child) => child.stop()));
	}
}

async function untilListening(database: BenchDatabase, relays: number): Promise<void> {
	const deadline = performance.now() + DEADLINE_MS;
	while (performance.now() < deadline) {
		const { rows } = await database.client.query<{ listening: number }>(
			"SELECT count(*)::integer AS listening FROM reward_outbox.relays WHERE listener = 'listening'",
		);
		if (rows[0]?.listening === relays) return;
		await sleep(50);
	}
	throw new Error("the relays did not come up");
}
