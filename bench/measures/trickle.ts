import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { summarize, type Transaction } from "../environment/pgbench.ts";
import { startRelayIn, untilIn } from "../environment/relay-in-state.ts";
import { quantile } from "../statistics.ts";
import { INSERT, openSessions, transactionScript, writersDatabase } from "./writer-schemes.ts";
import { chooseWriters, onSlowestDisk, type RunWriters, roundsOf } from "./writers.ts";

/** Below what keeps a relay awake. */
const TRICKLE_PER_S = 60;
const TRICKLE_WRITERS = 4;
const BURST_WRITERS = 32;
const BURST_S = 2;
/** The beginning of a burst, in which the relay finds out. */
const FIRST_MS = 1_000;
const LISTENING = "wake_mode = 'listening'";

/** Who the application's own outbox is read by: nobody, or a relay that delivers. */
const SCHEMES = [
	{ id: "plain", name: "plain outbox table", insert: INSERT.plain, relay: false },
	{ id: "ours", name: "reward-outbox, a relay delivers", insert: INSERT.ours, relay: true },
] as const;
type TrickleScheme = (typeof SCHEMES)[number];

/** A trickle, for which the relay sleeps and is notified; a burst, which wakes it; and a trickle again. */
export async function measureTrickle(bench: Bench): Promise<void> {
	const run = await chooseWriters(bench);
	await onSlowestDisk(bench, async (delayMs) => {
		bench.progress.heading(
			`from a trickle to a burst and back, fsync ${delayMs === 0 ? "as it is" : `+ ${delayMs} ms`}`,
		);
		for (let round = 0; round < roundsOf(bench); round++) {
			for (const scheme of round % 2 === 0 ? SCHEMES : SCHEMES.toReversed()) {
				try {
					await runRhythm(bench, run, scheme, { delayMs, round });
				} catch (error) {
					bench.progress.note(
						`trickle, ${scheme.name}, failed: ${error instanceof Error ? error.message : String(error)}`,
					);
				}
			}
		}
	});
}

async function runRhythm(
	bench: Bench,
	run: RunWriters,
	scheme: TrickleScheme,
	{ delayMs, round }: { readonly delayMs: number; readonly round: number },
): Promise<void> {
	await using database = await bench.databases.create(writersDatabase);
	const endSessions = await openSessions(database.url, {});
	const relay = scheme.relay
		? await startRelayIn({ reward: { latencyMs: 0, status: 200 }, reached: LISTENING }, bench, database)
		: null;
	const common = { databaseUrl: database.url };
	const trickle = () =>
		run({
			...common,
			writers: TRICKLE_WRITERS,
			seconds: bench.profile.trickleSeconds,
			script: `${scheme.insert}\n`,
			ratePerSecond: TRICKLE_PER_S,
		});
	try {
		const before = await trickle();
		const burst = await run({
			...common,
			writers: BURST_WRITERS,
			seconds: BURST_S,
			script: transactionScript(scheme.insert),
		});
		if (relay !== null) await untilIn(LISTENING, database, relay);
		else await sleep(FIRST_MS);
		const after = await trickle();
		const first = summarize(firstOf(burst));
		const values = {
			insertBeforeP50Ms: insertP50(before),
			insertAfterP50Ms: insertP50(after),
			burstFirstPerSecond: first.transactionsPerSecond,
			burstFirstP99Ms: first.p99Ms,
			burstPerSecond: summarize(burst, FIRST_MS).transactionsPerSecond,
		};
		bench.record({
			measure: "trickle",
			contender: scheme.id,
			round,
			setting: { delayMs, rate: TRICKLE_PER_S },
			values,
		});
		bench.progress.step(
			scheme.name,
			`INSERT p50 ${values.insertBeforeP50Ms.toFixed(2)} and ${values.insertAfterP50Ms.toFixed(2)} ms; burst ${Math.round(values.burstFirstPerSecond)}/s, then ${Math.round(values.burstPerSecond)}/s`,
		);
	} finally {
		await relay?.stop();
		await endSessions();
	}
}

/** Without the wait for a writer to be free, which pgbench counts with it. */
function insertP50(transactions: readonly Transaction[]): number {
	return quantile(
		transactions.map(({ ms, lagMs }) => ms - lagMs),
		0.5,
	);
}

function firstOf(transactions: readonly Transaction[]): Transaction[] {
	const from = Math.min(...transactions.map(({ endedAt, ms }) => endedAt - ms));
	return transactions.filter(({ endedAt }) => endedAt - from < FIRST_MS);
}
