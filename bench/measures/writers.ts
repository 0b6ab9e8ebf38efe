import type { Bench } from "../bench.ts";
import { ours } from "../contenders/ours.ts";
import type { Child } from "../environment/child.ts";
import { findPgbench, runPgbench, type WriterLoad, type WriterResult } from "../environment/pgbench.ts";
import { startContender } from "../environment/run.ts";
import { runNodeWriters } from "../writer/closed-loop.ts";
import { openSessions, SCHEMES, type Scheme, transactionScript, writersDatabase } from "./writer-schemes.ts";

/** Events a delivering relay may meet: more than any machine writes in the time. */
const SINK_ROOM = 200_000;

/** What each way of waking a relay leaves of the application's throughput. */
export async function measureWriters(bench: Bench): Promise<void> {
	const { profile, progress, server } = bench;
	const pgbench = await findPgbench();
	if (pgbench === null)
		progress.note(
			"pgbench is not in the PATH: the writers are a Node process, which takes more of the machine and lowers all figures",
		);
	const schemes = SCHEMES.filter(({ relay }) => relay === undefined || profile.name !== "quick");
	const rounds = Math.max(1, profile.rounds - 1);
	for (const delayMs of profile.writerDelaysMs) {
		if (delayMs > 0 && !server.superuser) {
			progress.note("commits can not be delayed: commit_delay needs a superuser");
			continue;
		}
		for (const writers of profile.writerCounts) {
			progress.heading(`${writers} writers, fsync ${delayMs === 0 ? "as it is" : `+ ${delayMs} ms`}`);
			for (let round = 0; round < rounds; round++) {
				for (const scheme of schemes) await runScheme(bench, pgbench, scheme, { writers, delayMs, round });
			}
		}
	}
}

async function runScheme(
	bench: Bench,
	pgbench: string | null,
	scheme: Scheme,
	{ writers, delayMs, round }: { readonly writers: number; readonly delayMs: number; readonly round: number },
): Promise<void> {
	await using database = await bench.databases.create(writersDatabase);
	if (delayMs > 0) await delayCommits(bench, database.name, delayMs);
	const endSessions = await openSessions(database.url, scheme);
	let relay: Child | null = null;
	if (scheme.relay) {
		await bench.sink.expect({ events: SINK_ROOM, latencyMs: 0 });
		const assignment = {
			databaseUrl: database.url,
			sinkUrl: bench.sink.url,
			concurrency: 64,
			tuning: "latency" as const,
			events: 0,
		};
		relay = startContender(ours, assignment);
	}
	try {
		const load: WriterLoad = {
			databaseUrl: database.url,
			writers,
			seconds: bench.profile.writerSeconds,
			script: transactionScript(scheme),
		};
		const result: WriterResult = pgbench === null ? await runNodeWriters(load) : await runPgbench(pgbench, load);
		bench.record({
			measure: "writers",
			contender: scheme.id,
			round,
			setting: { writers, delayMs },
			values: { ...result },
		});
		bench.progress.step(
			scheme.name,
			`${Math.round(result.transactionsPerSecond)}/s, p99 ${result.p99Ms.toFixed(1)} ms`,
		);
	} finally {
		await relay?.stop();
		await endSessions();
	}
}

/**
 * A disk whose fsync takes longer: with commit_delay (and commit_siblings = 0) the backend that is to flush sleeps first, holding
 * WALWriteLock as it would during the fsync, and any lock its transaction holds. Only commits that arrive while it sleeps fare
 * better than on a slow disk: they are still taken along.
 */
async function delayCommits(bench: Bench, database: string, delayMs: number): Promise<void> {
	await bench.server.admin.query(`ALTER DATABASE ${database} SET commit_delay = ${delayMs * 1000}`);
	await bench.server.admin.query(`ALTER DATABASE ${database} SET commit_siblings = 0`);
}
