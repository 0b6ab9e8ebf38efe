import type { Bench } from "../bench.ts";
import type { Child } from "../environment/child.ts";
import { processSeconds } from "../environment/cpu.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { findPgbench, runPgbench, summarize, type Transaction, type WriterLoad } from "../environment/pgbench.ts";
import { type Processors, pin, relayBackends, serverProcesses, shareProcessors } from "../environment/processors.ts";
import { startRelayIn } from "../environment/relay-in-state.ts";
import { slowDisk } from "../environment/slow-disk.ts";
import { runNodeWriters } from "../writer/closed-loop.ts";
import { openSessions, SCHEMES, type Scheme, transactionScript, writersDatabase } from "./writer-schemes.ts";

/** Until caches are warm, and a relay has found out how fast events come. */
const SETTLE_MS = 500;

/** What each state of the relay leaves of the application's throughput. */
export async function measureWriters(bench: Bench): Promise<void> {
	const { profile, progress } = bench;
	const run = await chooseWriters(bench);
	const schemes = await possible(bench);
	const rounds = roundsOf(bench);
	await forEachDisk(bench, async (delayMs) => {
		for (let round = 0; round < rounds; round++) {
			for (const writers of profile.writerCounts) {
				progress.heading(`${writers} writers, fsync ${delayMs === 0 ? "as it is" : `+ ${delayMs} ms`}`);
				for (let i = 0; i < schemes.length; i++) {
					const scheme = schemes[(i + round) % schemes.length] as Scheme;
					await runScheme(bench, run, scheme, { writers, delayMs, round });
				}
			}
		}
	});
}

/** pgbench, or what plays it. */
export type RunWriters = (load: WriterLoad) => Promise<Transaction[]>;

export async function chooseWriters({ progress }: Bench): Promise<RunWriters> {
	const pgbench = await findPgbench();
	if (pgbench !== null) return (load) => runPgbench(pgbench, load);
	progress.note(
		"pgbench is not in the PATH: the writers are a Node process, which takes more of the machine and lowers all figures",
	);
	return runNodeWriters;
}

/** They are many and take a while each. */
export function roundsOf({ profile }: Bench): number {
	return Math.max(1, profile.rounds - 1);
}

/** Where waiting for others shows most. */
export async function onSlowestDisk(bench: Bench, work: (delayMs: number) => Promise<void>): Promise<void> {
	await forEachDisk(bench, work, [Math.max(...bench.profile.writerDelaysMs)]);
}

/** The same on the disk as it is and on slower ones. */
async function forEachDisk(
	bench: Bench,
	work: (delayMs: number) => Promise<void>,
	delaysMs: readonly number[] = bench.profile.writerDelaysMs,
): Promise<void> {
	const { progress, server } = bench;
	for (const delayMs of delaysMs) {
		if (delayMs === 0) {
			await work(0);
		} else if (server.embedded) {
			await using _disk = await slowDisk(server, delayMs);
			await work(delayMs);
		} else {
			progress.note("commits are not delayed: that takes a server that nobody else uses");
		}
	}
}

async function possible({ server, progress, profile }: Bench): Promise<readonly Scheme[]> {
	const wanted = SCHEMES.filter(({ beside }) => beside === undefined || profile.name === "full");
	if (server.postmaster !== null && (await shareProcessors()) !== null) return wanted;
	progress.note(
		"a relay with a processor of its own is not measured: that takes two, taskset, and a PostgreSQL of this machine",
	);
	return wanted.filter(({ apart }) => apart === undefined);
}

interface Turn {
	readonly writers: number;
	readonly delayMs: number;
	readonly round: number;
}

async function runScheme(bench: Bench, run: RunWriters, scheme: Scheme, turn: Turn): Promise<void> {
	const { writers, delayMs, round } = turn;
	try {
		await using database = await bench.databases.create(writersDatabase);
		const endSessions = await openSessions(database.url, scheme);
		const relay = scheme.relay === undefined ? null : await startRelayIn(scheme.relay, bench, database);
		const shared = scheme.apart ? await takeApart(bench, database, relay) : null;
		try {
			const before = relay && processSeconds(relay.pid);
			const transactions = await run({
				databaseUrl: database.url,
				writers,
				seconds: bench.profile.writerSeconds,
				script: transactionScript(scheme.insert),
				...(shared === null ? {} : { processors: shared.application }),
			});
			const after = relay && processSeconds(relay.pid);
			const result = summarize(transactions, SETTLE_MS);
			const relayCores =
				before === null || after === null ? null : (after - before) / Math.round(bench.profile.writerSeconds);
			const values = { ...result, relayCores };
			bench.record({ measure: "writers", contender: scheme.id, round, setting: { writers, delayMs }, values });
			const cores = relayCores === null ? "" : `, relay ${relayCores.toFixed(2)} cores`;
			bench.progress.step(
				scheme.name,
				`${Math.round(result.transactionsPerSecond)}/s, p99 ${result.p99Ms.toFixed(1)} ms${cores}`,
			);
		} finally {
			if (shared !== null)
				await pin(shared.all, [bench.sink.pid, ...serverProcesses(bench.server.postmaster as number)]);
			await relay?.stop();
			await endSessions();
		}
	} catch (error) {
		bench.progress.note(`writers, ${scheme.name}, failed: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/**
 * PostgreSQL and the application on one half of the processors, the relay with its sessions and Reward on the other.
 */
async function takeApart(bench: Bench, database: BenchDatabase, relay: Child | null): Promise<Processors | null> {
	const shared = await shareProcessors();
	if (shared === null) return null;
	await pin(shared.application, serverProcesses(bench.server.postmaster as number));
	const own = relay === null ? [] : [relay.pid, ...(await relayBackends(database.client))];
	await pin(shared.relay, [bench.sink.pid, ...own]);
	return shared;
}
