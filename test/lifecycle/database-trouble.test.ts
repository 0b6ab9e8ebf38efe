import { describe, expect, test } from "vitest";
import { createTestDatabase, queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { delayed, startScriptedReward, success } from "../support/scripted-reward.ts";
import { emitEvents, readValue, until, untilDrained } from "./facts.ts";
import { Gate } from "./gate.ts";
import { checkInvariants } from "./invariants.ts";
import { Load } from "./load.ts";
import { AFTER_LEASE_MS, startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 120_000;
const RELAYS_BACKENDS = "datname = current_database() AND application_name LIKE 'reward-outbox%'";

/**
 * A login role that may do what the relay does, and nothing else; limits on connections apply to it, unlike to a
 * superuser.
 */
async function asRelayRole(database: TestDatabase): Promise<{ url: string; role: string } & AsyncDisposable> {
	const role = `relay_of_${database.name}`;
	await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'not-a-secret' IN ROLE reward_outbox_relay`);
	const url = new URL(database.url);
	url.username = role;
	url.password = "not-a-secret";
	return { url: url.href, role, [Symbol.asyncDispose]: async () => void (await queryAsAdmin(`DROP ROLE ${role}`)) };
}

async function cutConnections(database: TestDatabase): Promise<void> {
	await database.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${RELAYS_BACKENDS}`);
}

describe.concurrent("a relay goes on when", () => {
	test("its backends are terminated at random under load", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward({ script: () => delayed(Math.random() * 20, success()) });
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward });
		await using load = new Load(database.url);
		for (let n = 1; n <= 25; n++) {
			const applied = reward.applied.length;
			await database.query(
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${RELAYS_BACKENDS} ORDER BY random() LIMIT 2`,
			);
			await reward.waitFor((now) => now.applied.length > applied + 5);
		}
		const committed = await load.stop();
		await untilDrained(database, AFTER_LEASE_MS);
		const report = await checkInvariants(database, reward, { lasting: committed });
		expect({ violations: report.violations, byStatus: report.byStatus }).toEqual({
			violations: [],
			byStatus: { delivered: report.events },
		});
		expect((await relay.end("SIGTERM")).code).toBe(0);
	});

	test("the connection it listens on is terminated: it notices, and hears again", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		// Nobody polls within the time of this test: what arrives was notified.
		const env = { REWARD_OUTBOX_POLL_INTERVAL_MS: "60000" };
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward, env });
		const listener =
			"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reward-outbox listener'";
		const cut = await readValue<number>(database, listener);
		await database.query("SELECT pg_terminate_backend($1, 5000)", [cut]);
		const [missed = ""] = await emitEvents(database.pool, 1);
		await reward.waitFor(({ applications }) => applications.has(missed));
		await until(
			"it listens anew",
			async () => (await readValue<number>(database, `${listener} AND state = 'idle'`)) > 0,
		);
		await until("it says so", async () => JSON.stringify(await relay.health()).includes('"mode":"listening"'));
		const [heard = ""] = await emitEvents(database.pool, 1);
		await reward.waitFor(({ applications }) => applications.has(heard));
	});

	test("no connection is to be had for a while, with the rights of a relay and no more", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		const { url, role, [Symbol.asyncDispose]: dropRole } = await asRelayRole(database);
		try {
			await using reward = await startScriptedReward();
			await using relay = await startListeningRelay({ databaseUrl: url, reward });
			await emitEvents(database.pool, 5);
			await untilDrained(database);
			await database.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
			await cutConnections(database);
			await emitEvents(database.pool, 5);
			await relay.logged("database does not answer");
			expect((await relay.health())["ready"]).toBe(false);
			expect(reward.applied.length).toBe(5);
			await database.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
			await reward.waitFor(({ applied }) => applied.length === 10, 6_000);
			await untilDrained(database);
			expect((await checkInvariants(database, reward)).violations).toEqual([]);
			expect((await relay.end("SIGTERM")).code).toBe(0);
			await database.query(`DROP OWNED BY ${role}`);
		} finally {
			await database.drop();
			await dropRole();
		}
	});

	test("its password is changed while results wait to be recorded: they are kept until it may record them", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using database = await createTestDatabase();
		const { url, role, [Symbol.asyncDispose]: dropRole } = await asRelayRole(database);
		try {
			const gate = new Gate();
			await using reward = await startScriptedReward({ script: gate.script });
			await using relay = await startListeningRelay({ databaseUrl: url, reward });
			const ids = await emitEvents(database.pool, 4);
			await reward.waitFor(() => gate.held.length === 4);
			await database.query(`ALTER ROLE ${role} PASSWORD 'another'`);
			await cutConnections(database);
			gate.release(success);
			for (const id of ids) await relay.knowsOutcomeOf(id);
			await relay.logged("a statement failed");
			await database.query(`ALTER ROLE ${role} PASSWORD 'not-a-secret'`);
			await untilDrained(database);
			expect((await checkInvariants(database, reward)).violations).toEqual([]);
			expect(reward.requests.length).toBe(4);
			expect((await relay.end("SIGTERM")).code).toBe(0);
			await database.query(`DROP OWNED BY ${role}`);
		} finally {
			await database.drop();
			await dropRole();
		}
	});

	test("the database is read-only for a while", { timeout: TIMEOUT_MS }, async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward({ script: () => delayed(20, success()) });
		await using relay = await startListeningRelay({ databaseUrl: database.url, reward });
		await emitEvents(database.pool, 300);
		await reward.waitFor(({ applied }) => applied.length > 50);
		await database.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
		await cutConnections(database);
		// The relay says with each session that it writes: it may not even notice.
		await until("nothing is in flight", () => reward.requests.length === reward.applied.length);
		await database.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = off`);
		await untilDrained(database, AFTER_LEASE_MS);
		const { violations, byStatus } = await checkInvariants(database, reward);
		expect({ violations, byStatus }).toEqual({ violations: [], byStatus: { delivered: 300 } });
		expect((await relay.end("SIGTERM")).code).toBe(0);
	});
});
