import { describe, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { emitEvents, until, untilDrained } from "./facts.ts";
import {
	connectionsTo,
	databasesFile,
	type Entry,
	healthOf,
	keyOf,
	startFleet,
	testDatabases,
	untilReady,
} from "./fleet-process.ts";

const TIMEOUT_MS = 120_000;

describe("the file with the databases", () => {
	test("is read again on SIGHUP: what is new begins, what is gone ends, what is other begins anew", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(4);
		const [kept, removed, changed, added] = databases.entries as [Entry, Entry, Entry, Entry];
		await using file = await databasesFile([kept, removed, changed]);
		await using reward = await startScriptedReward();
		await using relay = startFleet(file, { reward });
		await untilReady(relay, 3);
		await file.write([kept, { ...changed, reward_api_key: "sk_test_rotated" }, added]);
		relay.signal("SIGHUP");
		expect(await relay.logged("file with the databases was read again")).toMatchObject({
			databases: 3,
			added: 1,
			removed: 1,
			changed: 1,
			unchanged: 1,
		});
		await untilReady(relay, 3);
		for (const { pool } of databases.all) await emitEvents(pool, 3);
		await reward.waitFor(({ applied }) => applied.length >= 9);
		await until("the one that is gone is left alone", async () => (await connectionsTo(databases.at(1))) === 0);
		const keys = new Set(reward.requests.map(({ headers }) => headers.get("authorization")));
		expect(keys).toEqual(new Set([`Bearer ${keyOf(0)}`, "Bearer sk_test_rotated", `Bearer ${keyOf(3)}`]));
		expect(Object.keys((await healthOf(relay)).databases).sort()).toEqual(["shop-0", "shop-2", "shop-3"]);
	});

	test("that is broken on SIGHUP changes nothing, and is told of", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(2);
		await using file = await databasesFile(databases.entries);
		await using reward = await startScriptedReward();
		const env = { REWARD_OUTBOX_ADMIN_TOKEN: "token-of-this-test" };
		await using relay = startFleet(file, { reward, env });
		await untilReady(relay, 2);
		await file.write("databases:\n  - name: shop-0\n    url: postgres://u:topsecret@h/a\n    wrong: 1\n");
		relay.signal("SIGHUP");
		const line = await relay.logged("file with the databases is not usable, what was running goes on");
		expect(line["problems"]).toEqual(
			expect.arrayContaining([
				expect.stringMatching(/^shop-0\.reward_api_key: missing/),
				expect.stringMatching(/^shop-0\.wrong: unknown key/),
			]),
		);
		expect(JSON.stringify(line)).not.toContain("topsecret");
		expect(await healthOf(relay)).toMatchObject({
			ready: true,
			file: { ok: false, problems: 2 },
			counts: { ready: 2 },
		});
		for (const database of databases.all) {
			await emitEvents(database.pool, 2);
			await untilDrained(database);
		}
		const { url } = (await relay.logged("http server is listening")) as { url: string };
		const scrape = await fetch(new URL("/metrics", url), { headers: { authorization: "Bearer token-of-this-test" } });
		const text = await scrape.text();
		expect(text).toContain('reward_outbox_attempts_total{outcome="accepted",database="shop-0"} 2');
		expect(text).toContain('reward_outbox_attempts_total{outcome="accepted",database="shop-1"} 2');
		expect(text).toContain("reward_outbox_databases_file_ok 0");
		expect(text).toContain('reward_outbox_databases_file_reads_total{result="failed"} 1');
		expect(text.match(/^# TYPE reward_outbox_attempts_total /gm)).toHaveLength(1);
		// Of the process, not of a database.
		expect(text).toMatch(/^reward_outbox_process_resident_memory_bytes \d+$/m);
		await file.write(databases.entries);
		relay.signal("SIGHUP");
		await until("it is in order again", async () => (await healthOf(relay)).file.ok);
	});

	test("that is broken at the start ends the relay with 2 and all that is wrong", { timeout: TIMEOUT_MS }, async () => {
		await using file = await databasesFile(
			"- {name: a, url: 'postgres://u:topsecret@h/a', foo: 1}\n- {name: a, url: x}\n",
		);
		const env = { REWARD_OUTBOX_DATABASES_FILE: file.path, REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0" };
		const { code, stderr } = await runCli(["relay"], env);
		expect(code).toBe(2);
		expect(stderr).toMatch(/a\.foo: unknown key/);
		expect(stderr).toMatch(/a\.url: expected postgres/);
		expect(stderr).toMatch(/a: there are two entries of this name/);
		expect(stderr).not.toContain("topsecret");
		const both = await runCli(["relay"], { ...env, DATABASE_URL: "postgres://h/a", REWARD_API_KEY: "sk_test_a" });
		expect(both.code).toBe(2);
		expect(both.stderr).toMatch(/DATABASE_URL: expected either DATABASE_URL or REWARD_OUTBOX_DATABASES_FILE, not both/);
		const none = await runCli(["relay"], { ...env, REWARD_OUTBOX_DATABASES_FILE: `${file.folder}/none` });
		expect(none.code).toBe(2);
		expect(none.stderr).toMatch(/REWARD_OUTBOX_DATABASES_FILE: cannot read .*ENOENT/);
	});

	test("may name files for addresses and keys, and databases that are paused", { timeout: TIMEOUT_MS }, async () => {
		await using databases = await testDatabases(2);
		await using file = await databasesFile();
		await file.put("zero.url", `${databases.at(0).url}\n`);
		await file.put("zero.key", "sk_test_of_a_file\n");
		const [, second] = databases.entries as [Entry, Entry];
		await file.write([
			{ name: "zero", url_file: "zero.url", reward_api_key_file: "zero.key" },
			{ ...second, paused: true },
		]);
		await using reward = await startScriptedReward();
		await using relay = startFleet(file, { reward });
		await untilReady(relay, 1);
		for (const { pool } of databases.all) await emitEvents(pool, 2);
		await untilDrained(databases.at(0));
		expect(reward.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
			"Bearer sk_test_of_a_file",
			"Bearer sk_test_of_a_file",
		]);
		expect(await healthOf(relay)).toMatchObject({
			ready: true,
			databases: { "shop-1": { state: "paused", paused: { code: "paused_in_file" } } },
		});
		expect(await connectionsTo(databases.at(1))).toBe(0);
		// A key that was rotated is read again where nothing else has changed.
		await file.put("zero.key", "sk_test_of_another_file\n");
		relay.signal("SIGHUP");
		await relay.logged("api key was read again");
		await emitEvents(databases.at(0).pool, 1);
		await untilDrained(databases.at(0));
		expect(reward.requests.at(-1)?.headers.get("authorization")).toBe("Bearer sk_test_of_another_file");
	});

	test("with a database that has no schema yet: it begins when the schema is there", {
		timeout: TIMEOUT_MS,
	}, async () => {
		await using databases = await testDatabases(1);
		await using server = await startPostgres();
		const entries: Entry[] = [...databases.entries, { name: "late", url: server.url, reward_api_key: "sk_test_late" }];
		await using file = await databasesFile(entries);
		await using reward = await startScriptedReward();
		await using relay = startFleet(file, { reward });
		const refused = await relay.logged("database cannot be used, will be tried again");
		expect(refused).toMatchObject({ database: "late" });
		expect((await healthOf(relay)).databases["late"]).toMatchObject({ ready: false, state: "refused" });
		const env = { REWARD_OUTBOX_DATABASES_FILE: file.path };
		expect((await runCli(["migrate", "--database", "late"], env)).code).toBe(0);
		await untilReady(relay, 2);
	});
});
