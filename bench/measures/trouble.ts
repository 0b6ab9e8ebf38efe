import { setTimeout as sleep } from "node:timers/promises";
import { migrateToLatest } from "../../src/store/migrate.ts";
import type { Bench } from "../bench.ts";
import { oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { summarize } from "../environment/pgbench.ts";
import { startRelayIn } from "../environment/relay-in-state.ts";
import { INSERT, transactionScript, writersDatabase } from "./writer-schemes.ts";
import { chooseWriters, onSlowestDisk, type RunWriters, roundsOf } from "./writers.ts";

const WRITERS = 32;

interface Scene {
	readonly database: BenchDatabase;
	readonly relay: Child;
	readonly sinkUrl: string;
	/** Relays that were started since. */
	readonly started: Child[];
	readonly ended: AbortSignal;
}

export interface Trouble {
	readonly id: string;
	readonly name: string;
	/** From the first third of the time on. */
	readonly happens: (scene: Scene) => Promise<void>;
}

/** The first is what the others are held against. */
export const TROUBLES: readonly Trouble[] = [
	{ id: "steady", name: "nothing happens", happens: async () => {} },
	{ id: "killed", name: "the relay is killed", happens: async ({ relay }) => relay.signal("SIGKILL") },
	{ id: "frozen", name: "the relay is frozen", happens: async ({ relay }) => relay.signal("SIGSTOP") },
	{
		id: "restarted",
		name: "the relay is restarted",
		async happens({ database, relay, sinkUrl, started }) {
			await relay.stop();
			started.push(new Child({ name: "the next relay", ...oursCommand(database.url, sinkUrl, 64, 0) }));
		},
	},
	{
		id: "migrating",
		name: "the schema is migrated, again and again",
		async happens({ database, ended }) {
			while (!ended.aborted) {
				await database.client.query("UPDATE reward_outbox.migrations SET checksum = '' WHERE name = 'functions'");
				await migrateToLatest(database.url);
			}
		},
	},
];

/** What a transaction of the application takes while something happens to the relay. */
export async function measureTrouble(bench: Bench): Promise<void> {
	const run = await chooseWriters(bench);
	await onSlowestDisk(bench, async (delayMs) => {
		for (const rate of bench.profile.troubleRates) {
			bench.progress.heading(`${rate} transactions/s, ${delayMs === 0 ? "fsync as it is" : `fsync + ${delayMs} ms`}`);
			for (let round = 0; round < roundsOf(bench); round++) {
				for (let i = 0; i < TROUBLES.length; i++) {
					const trouble = TROUBLES[(i + round) % TROUBLES.length] as Trouble;
					try {
						await runTrouble(bench, run, trouble, { rate, delayMs, round });
					} catch (error) {
						bench.progress.note(`${trouble.name}, failed: ${error instanceof Error ? error.message : String(error)}`);
					}
				}
			}
		}
	});
}

async function runTrouble(
	bench: Bench,
	run: RunWriters,
	trouble: Trouble,
	{ rate, delayMs, round }: { readonly rate: number; readonly delayMs: number; readonly round: number },
): Promise<void> {
	const seconds = bench.profile.troubleSeconds;
	await using database = await bench.databases.create(writersDatabase);
	const state = { reward: { latencyMs: 0, status: 200 }, reached: "wake_mode = 'listening'" } as const;
	const relay = await startRelayIn(state, bench, database);
	const ended = new AbortController();
	const scene: Scene = { database, relay, sinkUrl: bench.sink.url, started: [], ended: ended.signal };
	try {
		const script = transactionScript(INSERT.ours);
		const load = { databaseUrl: database.url, writers: WRITERS, seconds, script, ratePerSecond: rate };
		const happened = sleep((seconds * 1000) / 3).then(() => trouble.happens(scene));
		happened.catch(() => {});
		const transactions = await run(load).finally(() => ended.abort());
		await happened;
		const result = summarize(transactions, (seconds * 1000) / 3);
		bench.record({
			measure: "trouble",
			contender: trouble.id,
			round,
			setting: { rate, delayMs },
			values: { ...result },
		});
		bench.progress.step(trouble.name, `p50 ${result.p50Ms.toFixed(2)} ms, p99 ${result.p99Ms.toFixed(2)} ms`);
	} finally {
		relay.signal("SIGCONT");
		await Promise.all([relay, ...scene.started].map((child) => child.stop()));
	}
}
