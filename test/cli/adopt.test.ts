import { describe, expect, test } from "vitest";
import { actorCalled, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { runCli, startCli } from "./run-cli.ts";

/**
 * The test database is a copy of a template, so it is not the one its installation row names. Only the history is
 * staged: a relay delivered from it before.
 */
async function copyWithBacklog() {
	const database = await createTestDatabase();
	await database.query("SELECT reward_outbox.register_relay('earlier', '0', 1)");
	await database.query(
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, ordering_key)
		 VALUES ('t', 'plain', NULL), ('t', 'first', 'k'), ('t', 'second', 'k')`,
	);
	return database;
}

const adopt = (database: TestDatabase, ...args: string[]) =>
	runCli(["adopt", "--reason", "a test", ...args], { DATABASE_URL: database.url, USER: "eve" });

const statuses = async (database: TestDatabase) => {
	const { rows } = await database.query<{ user_id: string; status: string }>(
		"SELECT user_id, status FROM reward_outbox.events ORDER BY user_id",
	);
	return Object.fromEntries(rows.map((row) => [row.user_id, row.status]));
};

describe("a copied database with a backlog", () => {
	test("sends nothing and says why until it is adopted, then everything", { timeout: 60_000 }, async () => {
		await using database = await copyWithBacklog();
		await using reward = await startScriptedReward();
		const relay = startCli(["relay"], {
			DATABASE_URL: database.url,
			REWARD_API_URL: reward.url,
			REWARD_API_KEY: "sk_test_adopt",
			REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
			REWARD_OUTBOX_POLL_INTERVAL_MS: "50",
		});
		const { url } = JSON.parse(await relay.line((text) => text.includes("http server is listening")));
		await relay.line((text) => text.includes("sending is paused"));
		await relay.line((text) => text.includes("listener is listening"));
		const health = await (await fetch(`${url}/readyz`)).json();
		expect(health).toMatchObject({
			ready: true,
			paused: { code: "not_adopted", reason: expect.stringMatching(/copy.*reward-outbox adopt/) },
		});
		expect(reward.requests).toEqual([]);

		const done = await adopt(database, "--yes");
		expect(done).toMatchObject({ code: 0, stderr: "" });
		expect(done.stdout).toContain("adopted: 3 events are to be sent");
		await relay.line((text) => text.includes("sending is resumed"));
		await reward.waitFor(({ requests }) => requests.length === 3);
		relay.child.kill("SIGTERM");
		expect((await relay.ended).code).toBe(0);
		expect(await statuses(database)).toEqual({ plain: "delivered", first: "delivered", second: "delivered" });
	});

	test("shows what adopting would do, and changes nothing without --yes", async () => {
		await using database = await copyWithBacklog();
		const epoch = () => database.query("SELECT epoch, installation_id FROM reward_outbox.installation");
		const { rows: before } = await epoch();
		const { code, stdout, stderr } = await adopt(database);
		expect(code).toBe(1);
		expect(stdout).toMatch(/^verdict +it is a copy of another database/m);
		expect(stdout).toMatch(/^backlog +3 events would be sent/m);
		expect(stderr).toBe("error: nothing was changed\nhint: add --yes to do it\n");
		expect((await epoch()).rows).toEqual(before);
	});

	test("--cancel-backlog cancels it, and puts who and why on record", async () => {
		await using database = await copyWithBacklog();
		const { code, stdout } = await adopt(database, "--cancel-backlog", "--yes", "--json");
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({ adopted: true, to_send: 0 });
		expect(await statuses(database)).toEqual({ plain: "cancelled", first: "cancelled", second: "cancelled" });
		const { rows } = await database.query("SELECT actor, action, reason, detail FROM reward_outbox.operations");
		expect(rows).toEqual([
			{ actor: actorCalled("eve"), action: "adopt", reason: "a test", detail: { unfinished: 0, cancelled: 3 } },
		]);
	});

	test("a reason is required, and not an empty one", async () => {
		const env = { DATABASE_URL: "postgres://127.0.0.1:1/none" };
		expect(await runCli(["adopt", "--yes"], env)).toMatchObject({ code: 2, stdout: "" });
		expect(await runCli(["adopt", "--yes", "--reason", " "], env)).toMatchObject({ code: 2, stdout: "" });
	});
});
