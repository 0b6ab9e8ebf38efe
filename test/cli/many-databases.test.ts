import { describe, expect, test } from "vitest";
import { emitEvents, readValue } from "../lifecycle/facts.ts";
import { databasesFile, testDatabases } from "../lifecycle/fleet-process.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { runCli } from "./run-cli.ts";

const TIMEOUT_MS = 120_000;

describe("the command line with many databases", () => {
	test("status is a line for each, and all of one with --database", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(2);
		await using gone = await startPostgres();
		await gone.stop();
		await using file = await databasesFile([
			...databases.entries,
			{ name: "down", url: gone.url, reward_api_key: "sk_test_down" },
		]);
		await emitEvents(databases.at(1).pool, 7);
		const env = { REWARD_OUTBOX_DATABASES_FILE: file.path };
		const table = await runCli(["status"], env);
		expect(table.code).toBe(1);
		expect(table.stdout).toMatch(/^DATABASE +PENDING/m);
		expect(table.stdout).toMatch(/^shop-0 +0 /m);
		expect(table.stdout).toMatch(/^shop-1 +7 /m);
		expect(table.stdout).toMatch(/^down +- .*cannot be read: /m);
		const json = await runCli(["status", "--json"], env);
		const lines = json.stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as Record<string, unknown>);
		expect(lines.map(({ database, ok }) => [database, ok])).toEqual([
			["shop-0", true],
			["shop-1", true],
			["down", false],
		]);
		expect(lines[1]).toMatchObject({ events: { pending: 7 } });
		const one = await runCli(["status", "--json", "--database", "shop-1"], env);
		expect(JSON.parse(one.stdout)).toMatchObject({ events: { pending: 7 } });
		expect(JSON.stringify([table, json])).not.toContain("not-a-secret");
	});

	test("other commands work with the one that --database names, and say so where none is named", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(2);
		await using file = await databasesFile(databases.entries);
		const env = { REWARD_OUTBOX_DATABASES_FILE: file.path };
		expect((await runCli(["emit", "paid", "anna", "--database", "shop-1"], env)).code).toBe(0);
		const count = "SELECT count(*)::integer FROM reward_outbox.events";
		expect(await Promise.all(databases.all.map((database) => readValue<number>(database, count)))).toEqual([0, 1]);
		const unnamed = await runCli(["events", "list"], env);
		expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining("--database NAME")]);
		const unknown = await runCli(["events", "list", "--database", "shop-l"], env);
		expect([unknown.code, unknown.stderr]).toEqual([
			2,
			expect.stringMatching(/no database shop-l[\s\S]*did you mean shop-[01]/),
		]);
		const without = await runCli(["status", "--database", "shop-1"], { DATABASE_URL: databases.at(0).url });
		expect([without.code, without.stderr]).toEqual([
			2,
			expect.stringContaining("REWARD_OUTBOX_DATABASES_FILE is not set"),
		]);
	});

	test("doctor checks each, and ends with 1 when one fails", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(2);
		await using gone = await startPostgres();
		await gone.stop();
		await using file = await databasesFile([
			...databases.entries,
			{ name: "down", url: gone.url, reward_api_key: "sk_test_down" },
		]);
		await using reward = await startScriptedReward();
		const env = { REWARD_OUTBOX_DATABASES_FILE: file.path, REWARD_API_URL: reward.url };
		const { code, stdout } = await runCli(["doctor", "--json"], env);
		expect(code).toBe(1);
		const lines = stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { database: string; ok: boolean });
		expect(lines.map(({ database, ok }) => [database, ok])).toEqual([
			["shop-0", true],
			["shop-1", true],
			["down", false],
		]);
	});
});
