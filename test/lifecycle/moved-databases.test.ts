import pg from "pg";
import { afterEach, describe, expect, inject, test } from "vitest";
import { adopt, readAdoption } from "../../src/store/adopt.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { countByStatus, startRelay, until, untilAll } from "../relay/running.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward, success } from "../support/scripted-reward.ts";
import { streamingStandby } from "../support/standby.ts";
import { Switchboard } from "../support/switchboard.ts";
import { emitEvents } from "./facts.ts";
import { Gate } from "./gate.ts";

const TIMEOUT_MS = 120_000;
const DECISION = { cancelBacklog: false, reason: "a test", actor: null };
const opened: AsyncDisposable[] = [];

afterEach(async () => {
	for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

function kept<T extends AsyncDisposable>(one: T): T {
	opened.push(one);
	return one;
}

/** A server with the schema, and nothing in it. */
async function migrated(): Promise<PostgresServer> {
	const server = kept(await startPostgres());
	await migrateToLatest(server.url);
	return server;
}

function poolOf(url: string): pg.Pool {
	const pool = new pg.Pool({ connectionString: url, max: 3 });
	pool.on("error", () => {});
	kept({ [Symbol.asyncDispose]: () => pool.end() });
	return pool;
}

/** A copy of its files as they are now; the server goes on. */
async function snapshotOf(server: PostgresServer, options: Parameters<PostgresServer["copy"]>[0] = {}) {
	await server.stop();
	const copy = kept(await server.copy(options));
	await server.start();
	return copy;
}

const promote = (pool: pg.Pool) => pool.query("SELECT pg_promote(true, 60)");

type Running = Awaited<ReturnType<typeof startRelay>>;

const untilPaused = (relay: Running, code: string) =>
	until(`it is paused with ${code}`, async () => (await relay.health()).paused?.code === code, 30_000);

/** Long enough for several looks: what a relay would send by mistake, it would have sent. */
async function afterSomeLooks(pool: pg.Pool): Promise<void> {
	const seen = async () => {
		const { rows } = await pool.query("SELECT max(seen_at)::text AS at FROM reward_outbox.relays");
		return rows[0]?.at;
	};
	for (let beats = 0; beats < 2; beats += 1) {
		const before = await seen();
		await until("a heartbeat", async () => (await seen()) !== before);
	}
}

describe.skipIf(!inject("testServer").embedded)("a database that is moved", () => {
	test("a volume rolled back under a living relay: nothing is sent twice, and what is missing is listed", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const pool = poolOf(server.url);
		await emitEvents(pool, 10);
		const snapshot = await snapshotOf(server);
		await using relay = await startRelay(server, reward);
		await untilAll(pool, { delivered: 10 });
		const later = await emitEvents(pool, 5);
		await untilAll(pool, { delivered: 15 });
		await server.stop();
		await server.rollBackTo(snapshot);
		await server.start();
		await untilPaused(relay, "went_back");
		await afterSomeLooks(pool);
		expect(reward.requests).toHaveLength(15);

		const { missing, pending, verdict } = await readAdoption(pool);
		expect(verdict).toMatchObject({ kind: "stop", code: "went_back" });
		expect(missing.events.map(({ eventId, why }) => [eventId, why]).sort()).toEqual(
			later.map((id) => [id, "accepted"]).sort(),
		);
		expect(pending).toBe(0);
		expect(await adopt(pool, DECISION)).toBe(0);
		await emitEvents(pool, 3);
		await untilAll(pool, { delivered: 13 });
		expect(reward.requests).toHaveLength(18);
		expect(reward.duplicates).toBe(0);
		expect((await readAdoption(pool)).missing.count).toBe(5);
	});

	test("a rollback stops relays that start afterwards and remember nothing", { timeout: TIMEOUT_MS }, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const pool = poolOf(server.url);
		await emitEvents(pool, 4);
		const snapshot = await snapshotOf(server);
		const relay = await startRelay(server, reward);
		await untilAll(pool, { delivered: 4 });
		await emitEvents(pool, 1);
		await untilAll(pool, { delivered: 5 });
		await server.stop();
		await server.rollBackTo(snapshot);
		await server.start();
		await untilPaused(relay, "went_back");
		await relay.stop();
		await using fresh = await startRelay(server, reward);
		await untilPaused(fresh, "went_back");
		expect(reward.requests).toHaveLength(5);
	});

	test("a point-in-time copy: a new relay looks again and again and sends nothing until it is adopted", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const pool = poolOf(server.url);
		{
			await using _relay = await startRelay(server, reward);
			await emitEvents(pool, 1);
			await untilAll(pool, { delivered: 1 });
		}
		await emitEvents(pool, 10);
		const copy = await snapshotOf(server, { standby: true });
		await copy.start();
		const there = poolOf(copy.url);
		await promote(there);
		await using relay = await startRelay(copy, reward);
		await untilPaused(relay, "failover_unconfirmed");
		await afterSomeLooks(there);
		expect(reward.requests).toHaveLength(1);
		expect((await readAdoption(there)).pending).toBe(10);
		expect(await adopt(there, DECISION)).toBe(10);
		await untilAll(there, { delivered: 11 });
		expect(reward.duplicates).toBe(0);
	});

	test("a synchronous failover is followed by itself, and nothing is sent twice", { timeout: TIMEOUT_MS }, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const standby = kept(await streamingStandby(server));
		const pool = poolOf(server.url);
		await pool.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
		await pool.query("SELECT pg_reload_conf()");
		await using board = await Switchboard.start(server.port);
		await using relay = await startRelay({ url: board.through(server.url) }, reward);
		await emitEvents(pool, 30);
		await untilAll(pool, { delivered: 30 });
		await server.kill();
		const there = poolOf(standby.url);
		await promote(there);
		await there.query("ALTER SYSTEM RESET synchronous_standby_names");
		await there.query("SELECT pg_reload_conf()");
		board.switchTo(standby.port);
		await emitEvents(there, 20);
		await untilAll(there, { delivered: 50 }, 30_000);
		expect((await relay.health()).paused).toBeNull();
		expect(reward.duplicates).toBe(0);
		const { rows } = await there.query("SELECT action FROM reward_outbox.operations");
		expect(rows).toEqual([{ action: "follow" }]);
	});

	test("a failover that lost the tail, with nothing in flight: nothing is sent twice, the lost events are listed", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const pool = poolOf(server.url);
		await emitEvents(pool, 60);
		// It never receives another byte.
		const standby = await snapshotOf(server, { standby: true });
		await using board = await Switchboard.start(server.port);
		await using relay = await startRelay({ url: board.through(server.url) }, reward);
		await untilAll(pool, { delivered: 60 });
		const lost = await emitEvents(pool, 10);
		await untilAll(pool, { delivered: 70 });
		await server.kill();
		await standby.start();
		const there = poolOf(standby.url);
		await promote(there);
		board.switchTo(standby.port);
		await untilPaused(relay, "went_back");
		await afterSomeLooks(there);
		expect(reward.requests).toHaveLength(70);
		expect(await countByStatus(there)).toEqual({ delivered: 60 });
		const { missing } = await readAdoption(there);
		expect(missing.events.map(({ eventId }) => eventId).sort()).toEqual([...lost].sort());
		expect((await readAdoption(there)).unheard).toEqual([]);
		await adopt(there, DECISION);
		await emitEvents(there, 2);
		await untilAll(there, { delivered: 62 });
		expect(reward.duplicates).toBe(0);
	});

	test("an answer that comes after the adoption is told as well: the claim that it belongs to is gone", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const pool = poolOf(server.url);
		await emitEvents(pool, 3);
		const standby = await snapshotOf(server, { standby: true });
		await using board = await Switchboard.start(server.port);
		const patient = { requestTimeoutMs: 60_000, leaseMs: 90_000 };
		await using relay = await startRelay({ url: board.through(server.url) }, reward, patient);
		await untilAll(pool, { delivered: 3 });
		const gate = new Gate();
		reward.respond(gate.script);
		const lost = await emitEvents(pool, 1);
		await until("it is under way", () => gate.held.length === 1);
		await server.kill();
		await standby.start();
		const there = poolOf(standby.url);
		await promote(there);
		await adopt(there, DECISION);
		board.switchTo(standby.port);
		const hasLooked =
			"SELECT FROM reward_outbox.relay_proofs p, reward_outbox.installation i WHERE p.beat_at > i.adopted_at";
		await until("the relay goes on", async () => (await there.query(hasLooked)).rowCount === 1, 30_000);
		// What it still holds from before is no sign that this database lost something since.
		await afterSomeLooks(there);
		expect((await relay.health()).paused).toBeNull();
		gate.release(success);
		const missing = async () => (await readAdoption(there)).missing.events.map(({ eventId, why }) => [eventId, why]);
		await until("it is listed", async () => (await missing()).length > 0, 30_000);
		expect(await missing()).toEqual(lost.map((id) => [id, "accepted"]));
		expect((await relay.health()).paused).toBeNull();
	});

	test("split brain: a relay on the promoted side sends nothing while another may go on elsewhere", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using reward = await startScriptedReward();
		const server = await migrated();
		const standby = kept(await streamingStandby(server));
		const pool = poolOf(server.url);
		await using board = await Switchboard.start(server.port);
		await using staying = await startRelay(server, reward);
		await using moving = await startRelay({ url: board.through(server.url) }, reward);
		await emitEvents(pool, 20);
		await untilAll(pool, { delivered: 20 });
		const there = poolOf(standby.url);
		await untilReplayed(pool, there);
		await promote(there);
		// A person who adopts now is told that nobody has looked; and later, who has not.
		expect((await readAdoption(there)).unheard).toHaveLength(2);
		board.switchTo(standby.port);
		await emitEvents(there, 5);
		await emitEvents(pool, 5);
		await untilPaused(moving, "failover_unconfirmed");
		await until(
			"it gives up waiting",
			async () => /did not say/.test((await moving.health()).paused?.reason ?? ""),
			40_000,
		);
		expect((await readAdoption(there)).unheard).toHaveLength(1);
		await untilAll(pool, { delivered: 25 });
		expect((await staying.health()).paused).toBeNull();
		expect(await countByStatus(there)).toEqual({ delivered: 20, pending: 5 });
		expect(reward.requests).toHaveLength(25);
	});
});

async function untilReplayed(primary: pg.Pool, standby: pg.Pool): Promise<void> {
	const { rows } = await primary.query("SELECT pg_current_wal_flush_lsn()::text AS lsn");
	await until("it has replayed everything", async () => {
		const there = await standby.query("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS all", [rows[0]?.lsn]);
		return there.rows[0]?.all === true;
	});
}
