import type { Bench } from "../bench.ts";
import { execute } from "../contenders/contender.ts";
import { ours } from "../contenders/ours.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { findPgbench, initializeTpcb, runTpcb } from "../environment/pgbench.ts";
import { openSessions } from "./writer-schemes.ts";

const WRITERS = 4;
const SCALE = 10;

export interface WatchScheme {
	readonly id: string;
	readonly name: string;
	/** What the application itself adds to its transaction; null: nothing. */
	readonly extra: string | null;
	/** The rule's condition; null: every row. Absent: there is no rule. */
	readonly condition?: string | null;
	/** Events each transaction makes. */
	readonly events: 0 | 1;
}

/** The first is what the others are compared with. pgbench's deltas go from -5000 to 5000. */
export const WATCH_SCHEMES: readonly WatchScheme[] = [
	{ id: "none", name: "no watch", extra: null, events: 0 },
	{
		id: "insert",
		name: "no watch, the application inserts the event itself",
		extra: `INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('bench', :aid::text, jsonb_build_object('value', :delta));`,
		events: 1,
	},
	{
		id: "watch-never",
		name: "a watch whose condition never holds",
		extra: null,
		condition: "NEW.delta > 5000",
		events: 0,
	},
	{ id: "watch-always", name: "a watch that emits an event per transaction", extra: null, condition: null, events: 1 },
];

/** What a watch on pgbench_history leaves of pgbench's own throughput, while nobody asks to be notified. */
export async function measureWatch(bench: Bench): Promise<void> {
	const { profile, progress } = bench;
	const pgbench = await findPgbench();
	if (pgbench === null) {
		progress.note("pgbench is not in the PATH: what a watch costs is not measured");
		return;
	}
	progress.heading(`pgbench -b tpcb-like, scale ${SCALE}, ${WRITERS} writers, a watch on pgbench_history`);
	await using database = await bench.databases.create({
		...ours,
		id: "watch",
		async prepare(databaseUrl) {
			await ours.prepare(databaseUrl);
			await initializeTpcb(pgbench, databaseUrl, SCALE);
			await execute(databaseUrl, "VACUUM ANALYZE");
		},
	});
	// One database for all, so that each round finds the same warm pages; nobody asks to be notified.
	const endSessions = await openSessions(database.url, { listens: "reward_outbox" });
	try {
		await runTpcb(pgbench, { databaseUrl: database.url, writers: WRITERS, seconds: 1, scale: SCALE, extra: null });
		for (let round = 0; round < profile.watchRounds; round++) {
			for (let i = 0; i < WATCH_SCHEMES.length; i++) {
				const scheme = WATCH_SCHEMES[(i + round) % WATCH_SCHEMES.length] as WatchScheme;
				await runScheme(bench, pgbench, database, scheme, round);
			}
		}
	} finally {
		await endSessions();
	}
}

async function runScheme(
	bench: Bench,
	pgbench: string,
	database: BenchDatabase,
	scheme: WatchScheme,
	round: number,
): Promise<void> {
	const seconds = bench.profile.watchSeconds;
	const { client } = database;
	if (scheme.condition !== undefined) {
		await client.query(
			`SELECT reward_outbox.watch(name => 'bench', table_name => 'pgbench_history', operations => '{INSERT}', condition => $1, trigger_id => 'bench',
			        user_id => 'NEW.aid::text', payload => 'jsonb_build_object(''value'', NEW.delta)')`,
			[scheme.condition],
		);
	}
	try {
		const before = await countEvents(database);
		const load = { databaseUrl: database.url, writers: WRITERS, seconds, scale: SCALE, extra: scheme.extra };
		const result = await runTpcb(pgbench, load);
		const { rows } = await client.query<{ transactions: number }>(
			"SELECT count(*)::float8 AS transactions FROM pgbench_history",
		);
		const expected = (rows[0]?.transactions ?? 0) * scheme.events;
		const events = (await countEvents(database)) - before;
		if (events !== expected) bench.progress.note(`${scheme.name}: ${events} events of ${expected}`);
		bench.record({
			measure: "watch",
			contender: scheme.id,
			round,
			setting: { writers: WRITERS, scale: SCALE },
			values: { ...result },
		});
		bench.progress.step(
			scheme.name,
			`${Math.round(result.transactionsPerSecond)}/s, p99 ${result.p99Ms.toFixed(1)} ms`,
		);
	} finally {
		if (scheme.condition !== undefined) await client.query("SELECT reward_outbox.unwatch('bench')");
	}
}

async function countEvents({ client }: BenchDatabase): Promise<number> {
	const { rows } = await client.query<{ events: number }>(
		"SELECT count(*)::float8 AS events FROM reward_outbox.outbox",
	);
	return rows[0]?.events ?? 0;
}
