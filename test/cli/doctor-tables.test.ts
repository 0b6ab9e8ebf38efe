import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { begin } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli } from "./run-cli.ts";

let database: TestDatabase;

beforeEach(async () => {
	database = await createTestDatabase();
});

afterEach(() => database.drop());

/** What doctor says about one subject: verdict, message and remedy of each check. */
async function doctor(name: string): Promise<{ verdict: string; message: string; fix: string | null }[]> {
	const { stdout } = await runCli(["doctor", "--json"], { DATABASE_URL: database.url });
	const { checks } = JSON.parse(stdout) as {
		checks: { name: string; verdict: string; message: string; fix: string }[];
	};
	return checks.filter((check) => check.name === name).map(({ verdict, message, fix }) => ({ verdict, message, fix }));
}

test("doctor finds a missing index, and what it says to type brings it back", async () => {
	expect(await doctor("indexes")).toMatchObject([{ verdict: "ok" }]);
	await database.query("DROP INDEX reward_outbox.outbox_idempotency_key, reward_outbox.outbox_metadata");
	const found = await doctor("indexes");
	expect(found).toMatchObject([
		{ verdict: "fail", message: expect.stringMatching(/^outbox_idempotency_key is missing/) },
		{ verdict: "fail", message: expect.stringMatching(/^outbox_metadata is missing/) },
	]);
	for (const { fix } of found) {
		expect(fix).toMatch(/^as the owner: CREATE (UNIQUE )?INDEX CONCURRENTLY /);
		await database.query((fix as string).replace("as the owner: ", ""));
	}
	expect(await doctor("indexes")).toMatchObject([{ verdict: "ok" }]);
});

test("doctor finds an invalid index, as one that was being made when the server went down leaves it", async () => {
	await database.query(
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'reward_outbox.outbox_user'::regclass",
	);
	const [check] = await doctor("indexes");
	expect(check).toMatchObject({ verdict: "fail", message: expect.stringMatching(/^outbox_user is invalid/) });
	expect(check?.fix).toBe("as the owner: REINDEX INDEX CONCURRENTLY reward_outbox.outbox_user;");
	await database.query("REINDEX INDEX CONCURRENTLY reward_outbox.outbox_user");
	expect(await doctor("indexes")).toMatchObject([{ verdict: "ok" }]);
});

test("doctor finds autovacuum switched off, and dead rows that nobody removes", async () => {
	await database.query("ALTER TABLE reward_outbox.event_states SET (autovacuum_enabled = off)");
	expect(await doctor("vacuum")).toMatchObject([
		{
			verdict: "warn",
			message: expect.stringMatching(/^autovacuum is off for reward_outbox\.event_states/),
			fix: expect.stringMatching(/^as the owner: ALTER TABLE reward_outbox\.event_states RESET \(autovacuum_enabled\)/),
		},
	]);
	// Held open elsewhere: autovacuum could come by at this very moment.
	await using _ = await begin(database, "REPEATABLE READ");
	// Reported to the statistics when its connection ends.
	const writer = new pg.Client({ connectionString: database.url });
	await writer.connect();
	await writer.query(
		"INSERT INTO reward_outbox.relays (name, version, concurrency) SELECT 'r', '0', 1 FROM generate_series(1, 20001)",
	);
	await writer.query("DELETE FROM reward_outbox.relays");
	await writer.end();
	await expect
		.poll(async () => (await doctor("vacuum")).map(({ message }) => message).join("\n"), { timeout: 15_000 })
		.toMatch(/^reward_outbox\.relays has 20001 dead rows beside 0 living ones/m);
});

test("doctor finds a disabled trigger and notifications switched off", async () => {
	expect(await doctor("notify")).toMatchObject([{ verdict: "ok" }]);
	await database.query("ALTER TABLE reward_outbox.outbox DISABLE TRIGGER notify_relays");
	await database.query(`ALTER DATABASE ${database.name} SET reward_outbox.notify = off`);
	expect(await doctor("notify")).toMatchObject([
		{ verdict: "warn", fix: "as the owner: ALTER TABLE reward_outbox.outbox ENABLE TRIGGER notify_relays" },
		{ verdict: "warn", message: expect.stringMatching(/^reward_outbox\.notify is off/) },
	]);
});

test("doctor says what relays hold back, and why", { timeout: 90_000 }, async () => {
	expect(await doctor("held back")).toEqual([]);
	await database.query("SELECT reward_outbox.register_relay('r', '0', 1)");
	const held = { since_ms: 600_000, until_ms: 30_000 };
	await report({ everything: { code: "reward_down", ...held }, triggers: [], counts: {} });
	expect(await doctor("held back")).toMatchObject([
		{
			verdict: "warn",
			message: expect.stringMatching(/^Reward counts as down/),
			fix: expect.stringMatching(/resumes/),
		},
	]);
	await report({
		everything: null,
		triggers: [{ trigger_id: "odd", code: "failing", ...held }],
		counts: { failing: 1 },
	});
	expect(await doctor("held back")).toMatchObject([
		{ verdict: "warn", message: expect.stringMatching(/\bodd\b/), fix: expect.stringMatching(/reward-outbox /) },
	]);
});

/** As a relay does with its heartbeat. */
async function report(holding: object): Promise<void> {
	const beat = "SELECT reward_outbox.heartbeat(relay_no, 'listening', NULL, NULL, $1, false) FROM reward_outbox.relays";
	await database.query(beat, [holding]);
}
