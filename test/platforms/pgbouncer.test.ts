import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startRelay } from "../lifecycle/relay-process.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { HAS_PGBOUNCER, type PgBouncer, startPgBouncer } from "./pgbouncer.ts";
import { done, login, sql, theWholeJobWorks } from "./shop.ts";

// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 90_000 });

// PgBouncer in transaction mode, without any parameter in the connection strings: nothing says that it is there.
describe.runIf(HAS_PGBOUNCER)("behind a real PgBouncer in transaction mode", () => {
	let server: PostgresServer;
	let bouncer: PgBouncer;

	beforeAll(async () => {
		server = await startPostgres();
		bouncer = await startPgBouncer(server.port, ["shop"]);
		await sql(server.url, "CREATE ROLE shop LOGIN PASSWORD 'shop' CREATEROLE", "CREATE DATABASE shop OWNER shop");
		await sql(server.url, "CREATE DATABASE other OWNER shop");
	});

	afterAll(async () => {
		await bouncer[Symbol.asyncDispose]();
		await server[Symbol.asyncDispose]();
	});

	test("the whole job works, and LISTEN has a direct way", async () => {
		const direct = login(server, "shop", "shop");
		const pooled = bouncer.through(direct);
		await done(pooled, "migrate");
		await theWholeJobWorks(
			{ owner: pooled, writer: pooled, relay: pooled, operator: pooled },
			{ DATABASE_LISTEN_URL: direct },
		);
	});

	test("without a direct way the relay finds out that it hears nothing, says so, and delivers by looking", async () => {
		const pooled = bouncer.through(login(server, "shop", "other"));
		await done(pooled, "migrate");
		await using reward = await startScriptedReward();
		await using relay = startRelay({ databaseUrl: pooled, reward });
		await relay.logged("listener is deaf");
		await sql(pooled, "SELECT reward_outbox.emit('paid', 'ada')");
		await reward.waitFor(({ requests }) => requests.length === 1);
		expect(await done(pooled, "status")).toMatch(/deaf/);
	});
});
