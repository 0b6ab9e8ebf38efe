import { execFile as execFileCallback } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { expect, type TestContext, test } from "vitest";
import { adopt, readAdoption } from "../../src/store/adopt.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { startRelay, until, untilAll } from "../relay/running.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents } from "./facts.ts";

const execFile = promisify(execFileCallback);
const TIMEOUT_MS = 120_000;
const DECISION = { cancelBacklog: false, reason: "a test", actor: null };

/** pg_dump refuses servers newer than itself, and not every machine has one. */
async function needDump(context: TestContext, server: PostgresServer): Promise<void> {
	const version = async (program: string) => Number(/(\d+)/.exec((await execFile(program, ["--version"])).stdout)?.[1]);
	const served = await version(join(server.binaries, "postgres"));
	const dumps = await version("pg_dump").catch(() => 0);
	if (dumps < served) context.skip(`PostgreSQL ${served} needs a pg_dump of its own version or later on PATH`);
}

async function migrated(): Promise<PostgresServer> {
	const server = await startPostgres();
	await migrateToLatest(server.url);
	return server;
}

function poolOf(server: PostgresServer): pg.Pool & AsyncDisposable {
	const pool = new pg.Pool({ connectionString: server.url, max: 3 });
	pool.on("error", () => {});
	return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}

/** A dump with ten events that were not sent yet. */
async function dumped(server: PostgresServer, pool: pg.Pool): Promise<{ file: string } & AsyncDisposable> {
	const folder = await mkdtemp(join(tmpdir(), "reward-outbox-dump-"));
	const file = join(folder, "dump");
	await emitEvents(pool, 10);
	await execFile("pg_dump", ["-Fc", "-n", "reward_outbox", "-f", file, server.url]);
	return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Goes on after errors, as it does by default, and exits 1 then. */
const restore = (server: PostgresServer, ...args: string[]) =>
	execFile("pg_restore", ["-d", server.url, ...args]).catch(() => {});

const untilPaused = (relay: Awaited<ReturnType<typeof startRelay>>, code: string) =>
	until(`it is paused with ${code}`, async () => (await relay.health()).paused?.code === code, 30_000);

test("a dump that was taken before anything was sent is recognised elsewhere", {
	timeout: TIMEOUT_MS,
}, async (context) => {
	await using reward = await startScriptedReward();
	await using server = await migrated();
	await needDump(context, server);
	await using pool = poolOf(server);
	await using dump = await dumped(server, pool);
	await using elsewhere = await startPostgres();
	await using there = poolOf(elsewhere);
	for (const role of ["writer", "relay", "auditor", "operator", "capture", "watcher"])
		await there.query(`CREATE ROLE reward_outbox_${role}`);
	await restore(elsewhere, dump.file);
	await using relay = await startRelay(elsewhere, reward);
	await untilPaused(relay, "not_adopted");
	expect((await readAdoption(there)).pending).toBe(10);
	expect(reward.requests).toHaveLength(0);
});

test("pg_restore --clean under a living relay: nothing is sent twice", { timeout: TIMEOUT_MS }, async (context) => {
	await using reward = await startScriptedReward();
	await using server = await migrated();
	await needDump(context, server);
	await using pool = poolOf(server);
	await using dump = await dumped(server, pool);
	await using relay = await startRelay(server, reward);
	await untilAll(pool, { delivered: 10 });
	await restore(server, "--clean", dump.file);
	await emitEvents(pool, 1);
	await untilPaused(relay, "went_back");
	expect(await adopt(pool, DECISION)).toBe(1);
	await untilAll(pool, { delivered: 11 });
	expect(reward.duplicates).toBe(0);
});

test("pg_restore --data-only into a fresh schema sends nothing", { timeout: TIMEOUT_MS }, async (context) => {
	await using reward = await startScriptedReward();
	await using server = await migrated();
	await needDump(context, server);
	await using pool = poolOf(server);
	await using dump = await dumped(server, pool);
	await using fresh = await migrated();
	await using there = poolOf(fresh);
	await restore(fresh, "--data-only", dump.file);
	await using relay = await startRelay(fresh, reward);
	await untilPaused(relay, "not_adopted");
	expect((await readAdoption(there)).pending).toBe(10);
	expect(reward.requests).toHaveLength(0);
});

test("pg_resetwal to earlier transaction ids: it stops, and what is new is sent once it is adopted", {
	timeout: TIMEOUT_MS,
}, async (context) => {
	await using reward = await startScriptedReward();
	await using server = await migrated();
	const program = join(server.binaries, "pg_resetwal");
	await access(program).catch(() => context.skip("the binaries of the suite bring no pg_resetwal"));
	await using pool = poolOf(server);
	await server.stop();
	await server.resetWal("-e", "1");
	await server.start();
	const relay = await startRelay(server, reward);
	await emitEvents(pool, 5);
	await untilAll(pool, { delivered: 5 });
	await relay.stop();
	await server.stop();
	await server.resetWal("-e", "0");
	await server.start();
	await emitEvents(pool, 3);
	await using later = await startRelay(server, reward);
	await untilPaused(later, "went_back");
	expect((await readAdoption(pool)).pending).toBe(3);
	expect(await adopt(pool, DECISION)).toBe(3);
	await untilAll(pool, { delivered: 8 });
	expect(reward.duplicates).toBe(0);
});
