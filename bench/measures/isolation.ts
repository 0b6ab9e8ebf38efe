import type pg from "pg";
import type { Bench } from "../bench.ts";
import { ours, oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import { within } from "../environment/run.ts";
import { quantile } from "../statistics.ts";
import { write } from "../writer/writer.ts";
import { READY_WITHIN_MS, untilAlive } from "./alive.ts";

const RATE = 200;
const WRITER_CONNECTIONS = 16;
/** Of the run's time: not counted. */
const WARM_UP = 0.25;
const WAIT_AFTER_MS = 10_000;
/** Answers of 404 begin to come as fast as requests go out: what is new about them is new once. */
const UNKNOWN_TRIGGERS = 1_500;
const HANGING_EVENTS = 100;
/** Of the events of the shop. */
const BLOCKED_ONE_IN = 200;

export interface IsolationScheme {
	readonly id: string;
	readonly name: string;
	/** Events of others, written before the load begins. */
	readonly others: string | null;
}

/** The first is what the others are compared with. What each trigger is answered stands in the sink. */
export const ISOLATION_SCHEMES: readonly IsolationScheme[] = [
	{ id: "quiet", name: "nobody else", others: null },
	{ id: "blocked", name: `one payload in ${BLOCKED_ONE_IN} is stopped by a firewall (403, HTML)`, others: null },
	{
		id: "unknown",
		name: `${UNKNOWN_TRIGGERS.toLocaleString("en")} triggers that Reward does not know`,
		others: `SELECT 'unknown-' || n, 'x', '{}' FROM generate_series(1, ${UNKNOWN_TRIGGERS}) n`,
	},
	...[1, 2, 8].map((triggers) => ({
		id: `hanging-${triggers}`,
		name: `${triggers} trigger${triggers === 1 ? "" : "s"} that never answer${triggers === 1 ? "s" : ""}, ${HANGING_EVENTS} events each`,
		others: `SELECT 'hanging-' || t, 'x', '{}' FROM generate_series(1, ${HANGING_EVENTS}) n, generate_series(1, ${triggers}) t`,
	})),
];

/** What the events of one trigger do to those of another: latency of good ones while somebody else is in trouble. */
export async function measureIsolation(bench: Bench): Promise<void> {
	const { isolationRounds: rounds, isolationSeconds: seconds } = bench.profile;
	if (seconds === 0) return;
	bench.progress.heading(`${RATE} inserts a second beside somebody else's trouble`);
	for (let round = 0; round < rounds; round++) {
		for (let i = 0; i < ISOLATION_SCHEMES.length; i++) {
			const scheme = ISOLATION_SCHEMES[(i + round) % ISOLATION_SCHEMES.length] as IsolationScheme;
			bench.progress.step(scheme.name, await turn(bench, scheme, round));
		}
	}
}

async function turn(bench: Bench, { id, name, others }: IsolationScheme, round: number): Promise<string> {
	const events = RATE * bench.profile.isolationSeconds;
	await using database = await bench.databases.create(ours);
	const reception = await bench.sink.expect({ events: events + 1, latencyMs: 0, mark: 1 });
	const relay = new Child({ name: "relay", ...oursCommand(database.url, bench.sink.url, 64, 0) });
	try {
		await untilAlive(ours, database, reception.marked, READY_WITHIN_MS);
		if (others !== null) await writeOthers(database.client, others);
		const blocked = id === "blocked" ? writeBlocked(database.client, events) : Promise.resolve();
		const load = { insertion: ours.insertion, connections: WRITER_CONNECTIONS, rate: RATE, even: false };
		const { acknowledgedAt } = await write({ ...load, databaseUrl: database.url, firstEvent: 1, events });
		await blocked;
		await within(WAIT_AFTER_MS, reception.complete);
		const { arrivedAt } = await bench.sink.arrivals();
		const latencies = Array.from(acknowledgedAt, (at, i) => (arrivedAt[i + 1] as number) - at).slice(
			Math.floor(events * WARM_UP),
		);
		const received = latencies.filter((ms) => !Number.isNaN(ms));
		const values = {
			p50Ms: quantile(received, 0.5),
			p99Ms: quantile(received, 0.99),
			worstMs: Math.max(...received),
			missing: latencies.length - received.length,
		};
		bench.record({ measure: "isolation", contender: id, round, setting: { rate: RATE }, values });
		if (values.missing > 0) bench.progress.note(`${name}: ${values.missing} of ${latencies.length} had not arrived`);
		return `p50 ${values.p50Ms.toFixed(2)} ms, p99 ${values.p99Ms.toFixed(1)} ms, worst ${values.worstMs.toFixed(0)} ms`;
	} finally {
		await relay.stop();
	}
}

async function writeOthers(client: pg.Client, rows: string): Promise<void> {
	await client.query(`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) ${rows}`);
}

/** While the load runs, one after the other. */
async function writeBlocked(client: pg.Client, events: number): Promise<void> {
	const count = Math.floor(events / BLOCKED_ONE_IN);
	for (let n = 0; n < count; n++) {
		await client.query(
			`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('bench', 'blocked', '{"value": 1}')`,
		);
		await new Promise((resolve) => setTimeout(resolve, (1000 / RATE) * BLOCKED_ONE_IN));
	}
}
