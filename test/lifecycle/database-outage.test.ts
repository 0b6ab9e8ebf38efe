import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { delayed, hang, startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, openSession, readValue, startAgain, until, untilDrained } from "./facts.ts";
import { checkInvariants } from "./invariants.ts";
import { Load } from "./load.ts";
import { AFTER_LEASE_MS, SHORT_LEASE, startListeningRelay, startRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;
/** First delivery within seconds of the database's return. */
const RESUMED_WITHIN_MS = 10_000;

// A server that a test may stop is one it has started.
describe.skipIf(!inject("testServer").embedded)("a database that goes down", () => {
	let server: PostgresServer;
	let pool: pg.Pool;

	beforeAll(async () => {
		// An honest crash: what was not flushed is gone.
		server = await startPostgres({ settings: { fsync: "on", wal_writer_delay: "10s" } });
		pool = new pg.Pool({ connectionString: server.url, max: 3 });
		pool.on("error", () => {});
	});

	afterAll(async () => {
		await pool?.end();
		await server?.[Symbol.asyncDispose]();
	});

	async function freshSchema(): Promise<void> {
		await startAgain(server);
		await pool.query("DROP SCHEMA IF EXISTS reward_outbox CASCADE");
		await migrateToLatest(server.url);
	}

	async function stopGently(): Promise<void> {
		// The relay's own connections keep a smart stop from ending; whoever asks for one loses patience some time.
		const smart = server.stop("smart");
		await until("new connections are refused", async () => {
			const refused = await openSession(server.url).then(
				(session) => session.end().then(() => false),
				() => true,
			);
			return refused;
		});
		await server.stop("fast");
		await smart;
	}

	const WAYS: readonly (readonly [string, () => Promise<void>])[] = [
		["stopped smartly, then fast", stopGently],
		["stopped immediately", () => server.stop("immediate")],
		["killed with all its backends", () => server.kill()],
	];

	test.for(WAYS)(
		"%s under load: nothing lost, no phantom, delivery resumes within seconds",
		{ timeout: TIMEOUT_MS },
		async ([, goDown]) => {
			await freshSchema();
			await using reward = await startScriptedReward({ script: () => delayed(10, success()) });
			await using relay = await startListeningRelay({ databaseUrl: server.url, reward });
			await using load = new Load(server.url);
			await reward.waitFor(({ applied }) => applied.length > 100);
			await goDown();
			await startAgain(server);
			const backAt = performance.now();
			const before = new Set(reward.applications.keys());
			await reward.waitFor(({ applied }) => !before.has(applied.at(-1) ?? ""), RESUMED_WITHIN_MS);
			expect(performance.now() - backAt).toBeLessThan(RESUMED_WITHIN_MS);
			const resumedWith = load.committed.length;
			await until("the application writes again", () => load.committed.length > resumedWith + 50);
			const committed = await load.stop();
			await untilDrained(pool, AFTER_LEASE_MS);
			const report = await checkInvariants(pool, reward, { lasting: committed });
			expect({ violations: report.violations, byStatus: report.byStatus }).toEqual({
				violations: [],
				byStatus: { delivered: report.events },
			});
			await until("it hears again", async () => (await relay.health())["ready"] === true);
			expect((await relay.end("SIGTERM")).code).toBe(0);
		},
	);

	test("is down for twenty seconds: the first delivery follows its first answer within four", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await freshSchema();
		await using reward = await startScriptedReward();
		await using _one = await startListeningRelay({ databaseUrl: server.url, reward });
		await using _two = await startListeningRelay({ databaseUrl: server.url, reward });
		await emitEvents(pool, 1);
		await untilDrained(pool);
		await pool.query("SELECT reward_outbox.emit('later', 'u', deliver_after => now() + interval '5 seconds')");
		await server.stop("fast");
		// Long enough for whoever waits twice as long after each failure: the next try would be five seconds off.
		await sleep(20_000);
		await server.start();
		const answeredAt = performance.now();
		await reward.waitFor(({ applications }) => applications.size === 2);
		expect(performance.now() - answeredAt).toBeLessThan(4_000);
	});

	test("crashes right after sending what was committed asynchronously: the event survives", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await freshSchema();
		// For everybody, the relay included: its claim has to know better.
		await pool.query("ALTER DATABASE postgres SET synchronous_commit = off");
		await using reward = await startScriptedReward();
		await using _relay = await startListeningRelay({ databaseUrl: server.url, reward });
		for (let round = 1; round <= 4; round++) {
			await using application = await openSession(server.url);
			const sent = reward.requests.length;
			await application.query("SELECT reward_outbox.emit('paid', 'somebody')");
			await reward.waitFor(({ requests }) => requests.length > sent);
			await server.kill();
			await startAgain(server);
			const kept = "SELECT count(*)::integer FROM reward_outbox.outbox WHERE id = ANY ($1)";
			const ids = reward.requests.map((request) => request.idempotencyKey);
			expect(await readValue<number>(pool, kept, [ids])).toBe(new Set(ids).size);
		}
		await pool.query("ALTER DATABASE postgres RESET synchronous_commit");
		await untilDrained(pool, AFTER_LEASE_MS);
		expect((await checkInvariants(pool, reward)).violations).toEqual([]);
	});

	test("is down when the relay is told to stop: it ends within the grace, and what it could not record is explained", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await freshSchema();
		await using reward = await startScriptedReward({ script: hang(true) });
		const env = { ...SHORT_LEASE, REWARD_OUTBOX_SHUTDOWN_GRACE_MS: "1500", REWARD_OUTBOX_CONCURRENCY: "4" };
		await using relay = await startListeningRelay({ databaseUrl: server.url, reward, env });
		await emitEvents(pool, 10);
		await reward.waitFor(({ applied }) => applied.length === 4);
		await server.stop("immediate");
		const { code, tookMs } = await relay.end("SIGTERM");
		expect(code).toBe(0);
		expect(tookMs).toBeLessThan(4_000);

		await startAgain(server);
		reward.respond(success());
		const shortGrace = { REWARD_OUTBOX_SHUTDOWN_GRACE_MS: "1500" };
		await using idle = await startListeningRelay({ databaseUrl: server.url, reward, env: shortGrace });
		await untilDrained(pool, AFTER_LEASE_MS);
		const report = await checkInvariants(pool, reward);
		expect(report).toMatchObject({ violations: [], duplicates: { explained: 4 }, byStatus: { delivered: 10 } });

		// There is nothing to record; at most a claim whose answer was lost, to be given back in case it was committed.
		await server.stop("immediate");
		const ended = await idle.end("SIGTERM");
		expect(ended.code).toBe(0);
		expect(ended.tookMs).toBeLessThan(4_000);
	});

	test("is down when the relay starts: it waits, and delivers as soon as there is a database", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await freshSchema();
		await emitEvents(pool, 5);
		await server.stop();
		await using reward = await startScriptedReward();
		await using relay = startRelay({ databaseUrl: server.url, reward });
		await relay.logged("database does not answer");
		expect((await relay.health())["ready"]).toBe(false);
		await startAgain(server);
		await reward.waitFor(({ applied }) => applied.length === 5, RESUMED_WITHIN_MS);
		await untilDrained(pool);
		expect((await checkInvariants(pool, reward)).violations).toEqual([]);
		await until("it is ready", async () => (await relay.health())["ready"] === true);
	});
});
