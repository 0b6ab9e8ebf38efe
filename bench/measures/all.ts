import type { Bench } from "../bench.ts";
import { CONTENDERS } from "../contenders/all.ts";
import { createMachineLoad } from "../environment/cpu.ts";
import { Databases } from "../environment/databases.ts";
import { describeMachine, gitRevision } from "../environment/machine.ts";
import { startServer } from "../environment/server.ts";
import type { Options } from "../options.ts";
import type { Progress } from "../progress.ts";
import type { Results } from "../results.ts";
import type { Measure, Sample } from "../samples.ts";
import { Sink } from "../sink/sink.ts";
import { measureAgeing } from "./ageing.ts";
import { measureConsole } from "./console.ts";
import { measureDrain } from "./drain.ts";
import { measureFleet } from "./fleet.ts";
import { measureIdle } from "./idle.ts";
import { measureIsolation } from "./isolation.ts";
import { measureLatency } from "./latency.ts";
import { measureRecord } from "./record.ts";
import { measureScale } from "./scale.ts";
import { measureTrickle } from "./trickle.ts";
import { measureTrouble } from "./trouble.ts";
import { measureWatch } from "./watch.ts";
import { measureWatchBulk } from "./watch-bulk.ts";
import { measureWriters } from "./writers.ts";

const RUN: Readonly<Record<Measure, (bench: Bench) => Promise<void>>> = {
	drain: measureDrain,
	latency: measureLatency,
	idle: measureIdle,
	writers: measureWriters,
	trickle: measureTrickle,
	trouble: measureTrouble,
	scale: measureScale,
	ageing: measureAgeing,
	record: measureRecord,
	watch: async (bench) => {
		await measureWatchBulk(bench);
		await measureWatch(bench);
	},
	console: measureConsole,
	isolation: measureIsolation,
	fleet: measureFleet,
};

const WATCH_BEFORE_MS = 500;
/** More than this share of the machine in use before anything has started: the figures will be somebody else's too. */
const BUSY = 0.15;

export async function runMeasures(options: Options, progress: Progress): Promise<Results> {
	const startedAt = new Date();
	const load = createMachineLoad();
	await new Promise((resolve) => setTimeout(resolve, WATCH_BEFORE_MS));
	const loadBefore = load();
	const machine = describeMachine();
	await using server = await startServer(options.databaseUrl);
	const samples: Sample[] = [];
	const databases = new Databases(server);
	const sink = await Sink.start();
	const bench: Bench = {
		profile: options.profile,
		server,
		databases,
		sink,
		progress,
		record: (sample) => void samples.push(sample),
	};
	progress.heading(
		`${machine.processors}, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}\n${server.description}`,
	);
	if ((loadBefore ?? 0) > BUSY)
		progress.note(
			`the machine was ${Math.round((loadBefore as number) * 100)} % busy before the run began: believe ratios, not figures`,
		);
	if (server.postmaster === null)
		progress.note("PostgreSQL's processor time is not known: it is not on this machine, or this system does not tell");
	for (const measure of options.only) await RUN[measure](bench);
	await sink.stop();
	await databases.dropTemplates();
	return {
		measuredAt: startedAt.toISOString(),
		profile: options.profile.name,
		revision: gitRevision(),
		machine,
		postgres: server.description,
		loadBefore,
		minutes: Math.round((Date.now() - startedAt.getTime()) / 6_000) / 10,
		contenders: CONTENDERS.map(({ id, name, configuration }) => ({ id, name, configuration })),
		notes: progress.notes,
		samples,
	};
}
