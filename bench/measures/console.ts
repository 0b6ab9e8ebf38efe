import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { freePort } from "../../test/support/free-port.ts";
import type { Bench } from "../bench.ts";
import type { Command } from "../contenders/contender.ts";
import { ours, oursCommand } from "../contenders/ours.ts";
import { Child } from "../environment/child.ts";
import { createMachineLoad, processSeconds, serverSeconds } from "../environment/cpu.ts";
import type { BenchDatabase } from "../environment/databases.ts";
import { within } from "../environment/run.ts";
import { quantile } from "../statistics.ts";
import { write } from "../writer/writer.ts";
import { READY_WITHIN_MS, untilAlive } from "./alive.ts";
import { type Asked, askAllTheTime, CLIENTS, RARE_EVERY, TOKEN_LINES } from "./console-clients.ts";

const RATE = 200;
const WRITER_CONNECTIONS = 16;
/** Of a turn's time: not counted. */
const WARM_UP = 0.25;
const WAIT_AFTER_MS = 5_000;
const AT_ONCE = 100_000;

export interface ConsoleScheme {
	readonly id: "quiet" | "own" | "apart";
	readonly name: string;
}

/** The first is what the others are compared with. */
export const CONSOLE_SCHEMES: readonly ConsoleScheme[] = [
	{ id: "quiet", name: "nobody asks" },
	{ id: "own", name: `${CLIENTS} clients ask the relay's own console` },
	{ id: "apart", name: `${CLIENTS} clients ask the command \`console\`` },
];

/** A relay, and a console beside it, both up from beginning to end. */
interface Shop {
	readonly database: BenchDatabase;
	readonly relay: Child;
	readonly ports: Readonly<Record<"own" | "apart", number>>;
}

/**
 * What the heaviest searches do to delivery. The relay's own console is the case that matters: there they share its
 * process, so that its event loop is at stake beside PostgreSQL and the processors.
 */
export async function measureConsole(bench: Bench): Promise<void> {
	const { consoleRecorded: recorded, consoleRounds: rounds } = bench.profile;
	bench.progress.heading(`${RATE} inserts a second, ${recorded.toLocaleString("en")} on record, heavy searches`);
	await using database = await bench.databases.create(ours);
	await fillForSearches(database.client, recorded);
	const ports = { own: await freePort(), apart: await freePort() };
	const reception = await bench.sink.expect({ events: 1, latencyMs: 0, mark: 1 });
	const tokens = writeTokens();
	const command = (port: number) => withTokens(oursCommand(database.url, bench.sink.url, 64, port), tokens.path);
	const relay = new Child({ name: "relay", ...command(ports.own) });
	const apart = new Child({ name: "console", ...command(ports.apart), arguments: ["console"] });
	try {
		await untilAlive(ours, database, reception.marked, READY_WITHIN_MS);
		const shop = { database, relay, ports };
		for (let round = 0; round < rounds; round++) {
			for (let i = 0; i < CONSOLE_SCHEMES.length; i++) {
				const scheme = CONSOLE_SCHEMES[(i + round) % CONSOLE_SCHEMES.length] as ConsoleScheme;
				bench.progress.step(scheme.name, await turn(bench, shop, scheme, round));
			}
		}
	} finally {
		await Promise.all([relay.stop(), apart.stop()]);
		tokens.remove();
	}
}

async function turn(bench: Bench, { database, relay, ports }: Shop, { id, name }: ConsoleScheme, round: number) {
	const { consoleSeconds, consoleRecorded: recorded } = bench.profile;
	const events = RATE * consoleSeconds;
	const reception = await bench.sink.expect({ events, latencyMs: 0, mark: 1 });
	const stop = new AbortController();
	const usage = createUsage(bench, relay);
	const asking = id === "quiet" ? Promise.resolve(null) : askAllTheTime(ports[id], stop.signal);
	const load = { insertion: ours.insertion, connections: WRITER_CONNECTIONS, rate: RATE, even: false };
	const { sentAt, acknowledgedAt } = await write({ ...load, databaseUrl: database.url, firstEvent: 0, events });
	const { seconds, ...used } = usage();
	stop.abort();
	const asked = await asking;
	await within(WAIT_AFTER_MS, reception.complete);
	await untilNobodySearches(database.client);
	const { arrivedAt, repeated } = await bench.sink.arrivals();
	const counted = Array.from({ length: events }, (_, i) => i).slice(Math.floor(events * WARM_UP));
	const latencies = counted.map((i) => (arrivedAt[i] as number) - (acknowledgedAt[i] as number));
	const received = latencies.filter((ms) => !Number.isNaN(ms));
	const values = {
		p50Ms: quantile(received, 0.5),
		p99Ms: quantile(received, 0.99),
		missing: latencies.length - received.length,
		repeated,
		insertP50Ms: quantile(
			counted.map((i) => (acknowledgedAt[i] as number) - (sentAt[i] as number)),
			0.5,
		),
		...used,
		...(asked === null ? {} : answers(asked, seconds)),
	};
	bench.record({ measure: "console", contender: id, round, setting: { rate: RATE, recorded }, values });
	if (values.missing > 0) bench.progress.note(`${name}: ${values.missing} of ${counted.length} had not arrived`);
	if (asked?.complaint) bench.progress.note(`${name}: ${asked.wrong} answers were wrong, such as ${asked.complaint}`);
	const latency = `p50 ${values.p50Ms.toFixed(2)} ms, p99 ${values.p99Ms.toFixed(1)} ms, INSERT p50 ${values.insertP50Ms.toFixed(2)} ms`;
	return asked === null ? latency : `${latency}; ${said(asked, seconds)}`;
}

/** What a client has given up goes on in the database for a while: that is not the next turn's. */
async function untilNobodySearches(client: pg.Client): Promise<void> {
	for (;;) {
		const { rows } = await client.query(
			"SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reward-outbox console' AND state <> 'idle'",
		);
		if (rows.length === 0) return;
		await sleep(50);
	}
}

/** What the relay, the server and the machine did until it is called. */
function createUsage({ server }: Bench, relay: Child) {
	const load = createMachineLoad();
	const begunAt = performance.now();
	const read = () => [processSeconds(relay.pid), serverSeconds(server.postmaster)] as const;
	const before = read();
	return () => {
		const seconds = (performance.now() - begunAt) / 1000;
		const [node, postgres] = read().map((now, i) => {
			const then = before[i] ?? null;
			return now === null || then === null ? null : (now - then) / seconds;
		}) as [number | null, number | null];
		return { seconds, machineBusy: load(), relayCores: node, postgresCores: postgres };
	};
}

function answers({ answered, cutOff, putOff, wrong, tookMs }: Asked, seconds: number) {
	return {
		answersPerSecond: answered / seconds,
		answerP50Ms: quantile(tookMs, 0.5),
		answerP99Ms: quantile(tookMs, 0.99),
		cutOff,
		putOff,
		wrong,
	};
}

function said({ answered, cutOff, putOff, wrong }: Asked, seconds: number): string {
	return `${(answered / seconds).toFixed(1)} answers/s, ${cutOff} cut off, ${putOff} put off, ${wrong} wrong`;
}

function withTokens(command: Command, path: string): Command {
	return { ...command, env: { ...command.env, REWARD_OUTBOX_TOKENS_FILE: path } };
}

function writeTokens(): { readonly path: string; remove(): void } {
	const directory = mkdtempSync(join(tmpdir(), "reward-outbox-bench-tokens-"));
	const path = join(directory, "tokens");
	writeFileSync(path, TOKEN_LINES, { mode: 0o600 });
	return { path, remove: () => rmSync(directory, { recursive: true }) };
}

/** Delivered events with metadata, and here and there one of a rare trigger: what makes a search heavy. */
async function fillForSearches(client: pg.Client, events: number): Promise<void> {
	await client.query("SET synchronous_commit = off");
	for (let first = 0; first < events; first += AT_ONCE) {
		await client.query(
			`WITH written AS (
			   INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload, metadata)
			   SELECT CASE n % ${RARE_EVERY} WHEN 0 THEN 'rare' ELSE 'bench' END, 'u' || n, '{"value": 19.99}', jsonb_build_object('order_id', n, 'shop', n % 7)
			   FROM generate_series($1::integer, $2::integer) n RETURNING id
			 )
			 INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
			 SELECT id, clock_timestamp(), 1, 3, 0, 200, 'accepted' FROM written`,
			[first, Math.min(first + AT_ONCE, events) - 1],
		);
	}
	if (events > 0) await client.query("INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot())");
	await client.query("VACUUM (ANALYZE)");
	await client.query("CHECKPOINT").catch(() => {});
}
