import pg from "pg";
import { expect, inject, test } from "vitest";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { runCli } from "../cli/run-cli.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents, openSession, readValue, until, untilDrained } from "./facts.ts";
import { startListeningRelay } from "./relay-process.ts";

const TIMEOUT_MS = 180_000;
/** On a machine that does other things. */
const LISTENS_WITHIN_MS = 90_000;
const TOKEN = "a-token-for-the-queue-of-notifications";
/** PostgreSQL's word for a queue that takes nothing more. */
const QUEUE_IS_FULL = "54000";

test.skipIf(!inject("testServer").embedded)(
	"a queue of notifications that another application has filled: the shop goes on, delivery goes on by polling, and it is said",
	{ timeout: TIMEOUT_MS },
	async ({ skip }) => {
		await using server = await startPostgres({ settings: { max_notify_queue_pages: "64" } }).catch(() => skip());
		await migrateToLatest(server.url);
		await using reward = await startScriptedReward();
		const env = { REWARD_OUTBOX_ADMIN_TOKEN: TOKEN };
		await using relay = await startListeningRelay({ databaseUrl: server.url, reward, env });
		await using stuck = await openSession(server.url);
		await stuck.query("LISTEN elsewhere");
		await stuck.query("BEGIN");
		await fill(server.url);
		await using pool = Object.assign(new pg.Pool({ connectionString: server.url, max: 2 }), {
			[Symbol.asyncDispose]: () => pool.end(),
		});
		const before = performance.now();
		for (let n = 0; n < 50; n++) await emitEvents(pool, 1);
		await untilDrained(pool);
		expect(reward.applications.size).toBe(50);
		expect(performance.now() - before).toBeLessThan(60_000);
		await until("the relay says that it polls", async () => {
			const { listener } = (await relay.health()) as { listener: { mode: string } };
			return listener.mode !== "listening" && listener.mode !== "connecting";
		});
		const { stdout } = await runCli(["doctor", "--json"], { DATABASE_URL: server.url });
		expect(stdout).toMatch(/the server's queue of notifications is (?:9\d|100) % full/);
		const { url } = (await relay.logged("http server is listening")) as { url: string };
		const metrics = await (
			await fetch(new URL("/metrics", url), { headers: { authorization: `Bearer ${TOKEN}` } })
		).text();
		expect(metrics).toMatch(/reward_outbox_notification_queue_usage_ratio (?:0\.9|1)/);
		await stuck.query("ROLLBACK");
		await emitEvents(pool, 1);
		await untilDrained(pool);
		await until(
			"it listens again",
			async () => {
				const { listener } = (await relay.health()) as { listener: { mode: string } };
				return listener.mode === "listening";
			},
			LISTENS_WITHIN_MS,
		);
	},
);

/** By the COMMITs of another application, until the first of them fails. */
async function fill(url: string): Promise<void> {
	await using other = await openSession(url);
	const full = async () => {
		try {
			for (let n = 0; n < 1_000; n++)
				await other.query("SELECT pg_notify('elsewhere', $1 || repeat('x', 7000))", [String(n)]);
			return false;
		} catch (error) {
			expect((error as { code?: string }).code).toBe(QUEUE_IS_FULL);
			return true;
		}
	};
	await until("the queue is full", full);
	// What is smaller still fits into the last page.
	await until("to the last byte", async () => {
		try {
			for (let n = 0; n < 1_000; n++) await other.query("SELECT pg_notify('elsewhere', $1)", [String(n)]);
			return false;
		} catch {
			return true;
		}
	});
	expect(await readValue<number>(other, "SELECT pg_notification_queue_usage()")).toBeGreaterThan(0.9);
}
