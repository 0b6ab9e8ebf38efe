import { allowed, type Bench, interleaved } from "../bench.ts";
import { now } from "../clock.ts";
import { CONTENDERS } from "../contenders/all.ts";
import type { Contender } from "../contenders/contender.ts";
import type { Child } from "../environment/child.ts";
import { processSeconds, serverSeconds } from "../environment/cpu.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { startContender, untilFinished, walBytes, within } from "../environment/run.ts";

interface DrainSetting {
	readonly sinkMs: number;
	readonly concurrency: number;
}

/** The first events are sent cold; what is measured begins after so many of all. */
const WARM_UP = 0.4;
const DEADLINE_MS = 40_000;
/** More concurrency where the sink is slow, for those who are at their best with it. */
const MORE = 400;
const WITH_MORE = ["bare-undici", "ours", "graphile-worker", "pg-boss"];

/** Waiting events, one process, one POST each: how fast they go, and what each costs. */
export async function measureDrain(bench: Bench): Promise<void> {
	const { rounds } = bench.profile;
	const all = allowed(
		bench,
		CONTENDERS.filter(({ id }) => id !== "plain" && id !== "bare-listen"),
	);
	const drain = (setting: DrainSetting) => (contender: Contender, round: number) =>
		drainOnce(bench, contender, setting, round);
	const fewer = Math.max(1, rounds - 1);
	await interleaved(bench, all, rounds, "drain, sink answers at once", drain({ sinkMs: 0, concurrency: 64 }));
	await interleaved(
		bench,
		all,
		fewer,
		"drain, sink answers after 50 ms, 64 in flight",
		drain({ sinkMs: 50, concurrency: 64 }),
	);
	if (bench.profile.name === "quick") return;
	const some = all.filter(({ id }) => WITH_MORE.includes(id));
	await interleaved(bench, some, fewer, `drain, 50 ms, ${MORE} in flight`, drain({ sinkMs: 50, concurrency: MORE }));
}

async function drainOnce(bench: Bench, contender: Contender, setting: DrainSetting, round: number): Promise<string> {
	const events = eventsFor(bench, contender, setting);
	await using database = await bench.databases.create(contender);
	await bench.server.admin.query("CHECKPOINT").catch(() => {});
	await contender.fill(database.client, events);
	await database.client.query("VACUUM (ANALYZE)");

	const warm = Math.floor(events * WARM_UP);
	const reception = await bench.sink.expect({ events, latencyMs: setting.sinkMs, mark: warm });
	const child = startContender(contender, {
		databaseUrl: database.url,
		sinkUrl: bench.sink.url,
		tuning: "drain",
		events,
		...setting,
	});
	if (child === null) return "nothing to run";
	try {
		const measured = await within(
			DEADLINE_MS,
			Promise.race([timed(bench, contender, database, child, reception), child.died]),
		);
		const { arrivals, recorded } = await audit(bench, contender, database);
		if (measured === undefined)
			throw new Error(`${arrivals.count} of ${events} within ${DEADLINE_MS / 1000} s\n${child.said}`);
		const count = events - warm;
		const rate = (count / (measured.endedAt - measured.markedAt)) * 1000;
		bench.record({
			measure: "drain",
			contender: contender.id,
			round,
			setting: { ...setting },
			values: {
				eventsPerSecond: rate,
				nodeMicroseconds: perEvent(measured.node, count, 1e6),
				postgresMicroseconds: contender.id === "bare-undici" ? null : perEvent(measured.postgres, count, 1e6),
				walBytes: contender.id === "bare-undici" ? null : measured.wal / count,
				events,
				arrived: arrivals.count,
				repeated: arrivals.repeated,
				recorded,
			},
		});
		const exact = arrivals.count === events && arrivals.repeated === 0 && arrivals.stray === 0;
		if (!exact)
			bench.progress.note(
				`${contender.name}: ${arrivals.count} of ${events} arrived, ${arrivals.repeated} twice, ${arrivals.stray} stray`,
			);
		return `${Math.round(rate)}/s of ${events}${exact ? ", each exactly once" : ""}`;
	} finally {
		await child.stop();
	}
}

/** From the end of the warm-up until the last result is on record. */
async function timed(
	bench: Bench,
	contender: Contender,
	database: BenchDatabase,
	child: Child,
	reception: { readonly marked: Promise<number>; readonly complete: Promise<number> },
) {
	const reading = async () => {
		const cpu = { node: processSeconds(child.pid), postgres: serverSeconds(bench.server.postmaster) };
		return { ...cpu, wal: await walBytes(bench.server.admin) };
	};
	const markedAt = await reception.marked;
	const before = await reading();
	let endedAt = await reception.complete;
	if (contender.id !== "bare-undici") {
		await untilFinished(database.client, contender, DEADLINE_MS);
		endedAt = now();
	}
	const after = await reading();
	return {
		markedAt,
		endedAt,
		node: difference(before.node, after.node),
		postgres: difference(before.postgres, after.postgres),
		wal: after.wal - before.wal,
	};
}

async function audit(bench: Bench, contender: Contender, database: BenchDatabase) {
	const arrivals = await bench.sink.arrivals();
	const { rows } = await database.client.query<{ recorded: number }>(contender.recordedSql);
	return { arrivals, recorded: rows[0]?.recorded ?? null };
}

function eventsFor(bench: Bench, contender: Contender, { sinkMs, concurrency }: DrainSetting): number {
	const { at0ms, at50ms } = contender.expected;
	const rate = sinkMs === 0 ? at0ms : Math.min(at0ms, at50ms * Math.max(1, (concurrency / 64) * 0.8));
	return Math.max(200, Math.round((rate * bench.profile.drainSeconds) / (1 - WARM_UP)));
}

function difference(before: number | null, after: number | null): number | null {
	return before === null || after === null ? null : after - before;
}

function perEvent(seconds: number | null, events: number, unit: number): number | null {
	return seconds === null ? null : (seconds / events) * unit;
}
