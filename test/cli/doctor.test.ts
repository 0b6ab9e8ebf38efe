import { describe, expect, test } from "vitest";
import { createTestDatabase, queryAsAdmin, type TestDatabase } from "../support/database.ts";
import { urlFor } from "../support/login.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { watch } from "../watches/rules.ts";
import { runCli, startCli } from "./run-cli.ts";

interface Check {
	readonly name: string;
	readonly verdict: "ok" | "warn" | "fail";
	readonly message: string;
	readonly fix: string | null;
}

/** A database with nothing wrong with it, and a Reward that takes connections. */
async function healthy() {
	const database = await createTestDatabase();
	await database.query("SELECT reward_outbox.adopt(false, 'a test')");
	const reward = await startScriptedReward();
	const env = { DATABASE_URL: database.url, REWARD_API_URL: reward.url, REWARD_API_KEY: "sk_test_doctor" };
	return {
		database,
		reward,
		env,
		[Symbol.asyncDispose]: async () => {
			await reward[Symbol.asyncDispose]();
			await database.drop();
		},
	};
}

async function doctor(env: Record<string, string>) {
	const { code, stdout, stderr } = await runCli(["doctor", "--json"], env);
	const { ok, checks }: { ok: boolean; checks: Check[] } = JSON.parse(stdout);
	expect({ stderr, ok }).toEqual({ stderr: "", ok: code === 0 });
	for (const check of checks) expect(check.fix === null).toBe(check.verdict === "ok");
	const found = (name: string, verdict: Check["verdict"]) =>
		checks.filter((check) => check.name === name && check.verdict === verdict).map((check) => check.message);
	return { code, checks, found, text: stdout };
}

describe("reward-outbox doctor", () => {
	test("finds nothing to complain of but that no relay runs, and sends nothing", async () => {
		await using place = await healthy();
		const { code, checks } = await doctor(place.env);
		expect(code).toBe(0);
		const complaints = checks.filter((check) => check.verdict !== "ok").map((check) => check.name);
		expect(complaints).toEqual(["privileges", "relays"]);
		expect(place.reward.requests).toEqual([]);
		const names = new Set(checks.map((check) => check.name));
		for (const name of [
			"configuration",
			"database",
			"version",
			"clock",
			"listen",
			"schema",
			"identity",
			"reward_api",
			"watches",
		]) {
			expect(names).toContain(name);
		}
	});

	test("as text: a line per check, and what to type under what is wrong", async () => {
		await using place = await healthy();
		const { code, stdout } = await runCli(["doctor"], place.env);
		expect(code).toBe(0);
		expect(stdout).toMatch(/^ok {4}schema +reward_outbox is there and up to date$/m);
		expect(stdout).toMatch(/^warn {2}relays +no relay is running here\n +→ reward-outbox relay$/m);
		expect(stdout).toMatch(/\d+ ok, 2 warnings, 0 failures\n$/);
	});

	test("knows a relay that runs", async () => {
		await using place = await healthy();
		const relay = startCli(["relay"], { ...place.env, REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0" });
		await relay.line((line) => line.includes("listener is listening"));
		const { found } = await doctor(place.env);
		relay.child.kill("SIGTERM");
		await relay.ended;
		expect(found("relays", "ok")).toHaveLength(1);
	});
});

describe("a mistake in the configuration", () => {
	test("is found with all others, shows no secret, and does not keep the database from being looked at", async () => {
		await using place = await healthy();
		const { code, found, text } = await doctor({
			...place.env,
			REWARD_API_KEY: "sk_live_kept quiet",
			REWARD_OUTBOX_LEASE_MS: "1000",
			REWARD_OUTBOX_NOPE: "1",
		});
		expect(code).toBe(1);
		const problems = found("configuration", "fail").join("\n");
		for (const name of ["REWARD_API_KEY", "REWARD_OUTBOX_LEASE_MS", "REWARD_OUTBOX_NOPE"])
			expect(problems).toContain(name);
		expect(found("schema", "ok")).toHaveLength(1);
		expect(text).not.toContain("quiet");
	});

	test("a file with a key that cannot be read", async () => {
		await using place = await healthy();
		const { REWARD_API_KEY: _, ...env } = place.env;
		const { found } = await doctor({ ...env, REWARD_API_KEY_FILE: "/does/not/exist" });
		expect(found("configuration", "fail")[0]).toMatch(/REWARD_API_KEY_FILE.*ENOENT/);
	});

	test("a live key for something that is not Reward", async () => {
		await using place = await healthy();
		const { code, found } = await doctor({ ...place.env, REWARD_API_KEY: "sk_live_doctor" });
		expect(code).toBe(0);
		expect(found("api_key", "warn")[0]).toMatch(/live key is sent to this machine/);
	});

	test("a Reward that does not listen", async () => {
		await using place = await healthy();
		const { code, found } = await doctor({ ...place.env, REWARD_API_URL: "http://127.0.0.1:1" });
		expect(code).toBe(1);
		expect(found("reward_api", "fail")[0]).toContain("ECONNREFUSED");
	});

	test("a LISTEN connection on which nothing is heard", async () => {
		await using place = await healthy();
		await using other = await createTestDatabase();
		const { code, found } = await doctor({ ...place.env, DATABASE_LISTEN_URL: other.url });
		expect(code).toBe(0);
		expect(found("listen", "warn")[0]).toMatch(/nothing is heard.*poll every 5000 ms/);
	});

	test("a LISTEN connection that cannot be made", async () => {
		await using place = await healthy();
		const { found } = await doctor({ ...place.env, DATABASE_LISTEN_URL: "postgres://user:hunter22@127.0.0.1:1/none" });
		expect(found("listen", "warn")[0]).toMatch(/DATABASE_LISTEN_URL cannot be used.*ECONNREFUSED/);
	});
});

describe("a mistake in the database", () => {
	test("it does not answer", async () => {
		await using place = await healthy();
		const { code, found, text } = await doctor({
			...place.env,
			DATABASE_URL: "postgres://user:hunter22@127.0.0.1:1/none",
		});
		expect(code).toBe(1);
		expect(found("database", "fail")[0]).toContain("ECONNREFUSED");
		expect(text).not.toContain("hunter22");
	});

	test("no schema", async () => {
		await using place = await healthy();
		await place.database.query("DROP SCHEMA reward_outbox CASCADE");
		const { code, checks } = await doctor(place.env);
		expect(code).toBe(1);
		expect(checks.find((check) => check.name === "schema")).toMatchObject({
			verdict: "fail",
			fix: "run: reward-outbox migrate",
		});
	});

	test("a user without privileges, and with those of a relay", async () => {
		await using place = await healthy();
		await using user = await loginRole(place.database);
		await queryAsAdmin(`GRANT reward_outbox_writer TO ${user.name}`);
		const writer = await doctor({ ...place.env, DATABASE_URL: user.url });
		expect(writer.code).toBe(1);
		expect(writer.found("schema", "fail")[0]).toMatch(/permission denied/);
		await queryAsAdmin(`GRANT reward_outbox_auditor TO ${user.name}`);
		const auditor = await doctor({ ...place.env, DATABASE_URL: user.url });
		expect(auditor.found("privileges", "fail")[0]).toMatch(/may not do a relay's work/);
		await queryAsAdmin(`REVOKE reward_outbox_auditor, reward_outbox_writer FROM ${user.name}`);
		await queryAsAdmin(`GRANT reward_outbox_relay TO ${user.name}`);
		const relay = await doctor({ ...place.env, DATABASE_URL: user.url });
		expect(relay.code).toBe(0);
		expect(relay.found("privileges", "ok")[0]).toMatch(/may do a relay's work/);
	});

	test("a copy that nobody has adopted", async () => {
		await using place = await healthy();
		await place.database.query("SELECT reward_outbox.emit('t', 'u')");
		await place.database.query("UPDATE reward_outbox.installation SET database_oid = 1");
		const { code, found } = await doctor(place.env);
		expect(code).toBe(1);
		expect(found("identity", "fail")[0]).toMatch(/relays send nothing from here/);
	});

	test("a paused relay, a paused trigger, the dead and the uncertain", async () => {
		await using place = await healthy();
		const { database } = place;
		await database.query(
			`SELECT reward_outbox.heartbeat(r.relay_no, 'deaf', 'key_refused', 'the key is refused', NULL, false)
			 FROM reward_outbox.register_relay('paused one', '0.0.0', 1) AS r(relay_no)`,
		);
		await database.query("SELECT reward_outbox.pause_trigger('t', 'a test')");
		await database.query(
			`INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id)
			 SELECT gen_random_uuid(), n, now(), 1, s::reward_outbox.event_status, 't'
			 FROM unnest('{dead,uncertain,uncertain}'::text[]) WITH ORDINALITY AS x(s, n)`,
		);
		const { code, found } = await doctor(place.env);
		expect(code).toBe(1);
		expect(found("relays", "fail")).toEqual(["paused one is paused: the key is refused"]);
		expect(found("relays", "warn")[0]).toMatch(/paused one is deaf/);
		expect(found("triggers", "warn")).toEqual(["t is paused: a test"]);
		expect(found("dead", "warn")).toEqual(["1 dead"]);
		expect(found("uncertain", "warn")[0]).toMatch(/^2 /);
	});

	test("a watch that missed something, and one that no longer fits its table", async () => {
		await using place = await healthy();
		const { database } = place;
		const rule = { table_name: "shop", trigger_id: "t", user_id: "NEW.who" };
		await database.query("CREATE TABLE shop (id integer PRIMARY KEY, who text)");
		await watch(database.pool, { name: "good", ...rule, user_id: "NEW.id::text" });
		await watch(database.pool, { name: "bad", ...rule });
		expect((await doctor(place.env)).found("watches", "ok")).toEqual(["2, all of which work; nothing was missed"]);
		await database.query("INSERT INTO shop VALUES (1, NULL), (2, 'u')");
		const missing = await doctor(place.env);
		expect(missing.code).toBe(0);
		expect(missing.found("watches", "warn")).toEqual(["1 row change did not become events: bad 1"]);
		expect(missing.text).toContain("reward-outbox watches replay-errors");
		await database.query("ALTER TABLE shop RENAME COLUMN who TO whom");
		const broken = await doctor(place.env);
		expect(broken.code).toBe(1);
		expect(broken.found("watches", "fail")).toEqual([
			expect.stringMatching(/^bad on public\.shop is broken: .*column new\.who does not exist/),
		]);
		expect(broken.text).toContain("reward-outbox watches add bad --replace");
		expect(broken.found("watches", "ok")).toEqual([]);
	});

	test("a watch on a table that is locked does not hold up doctor, nor status", async () => {
		await using place = await healthy();
		const { database } = place;
		await database.query("CREATE TABLE shop (id integer PRIMARY KEY)");
		await watch(database.pool, { name: "w", table_name: "shop", trigger_id: "t", user_id: "NEW.id::text" });
		const other = await database.pool.connect();
		await other.query("BEGIN; LOCK TABLE shop IN ACCESS EXCLUSIVE MODE");
		const { code, found } = await doctor(place.env);
		const status = await runCli(["status", "--json"], place.env);
		await other.query("ROLLBACK");
		other.release();
		expect({ code, found: found("watches", "warn") }).toEqual({
			code: 0,
			found: [],
		});
		expect(JSON.parse(status.stdout)).toMatchObject({ broken_watches: [] });
	});

	test("a relay's user learns what watches missed and which are broken, without seeing the rules", async () => {
		await using place = await healthy();
		await using user = await loginRole(place.database);
		await queryAsAdmin(`GRANT reward_outbox_relay TO ${user.name}`);
		const env = { ...place.env, DATABASE_URL: user.url };
		const { code, found } = await doctor(env);
		expect({ code, ok: found("watches", "ok") }).toEqual({
			code: 0,
			ok: ["none is broken; nothing was missed"],
		});
		await place.database.query(
			"INSERT INTO reward_outbox.watch_errors (watch, table_name, operation, error_code, error_message) VALUES ('w', 't', 'INSERT', 'x', 'y')",
		);
		expect((await doctor(env)).found("watches", "warn")).toEqual(["1 row change did not become events: w 1"]);
	});

	test("a relay that died", async () => {
		await using place = await healthy();
		await place.database.query("SELECT reward_outbox.register_relay('gone', '0.0.0', 1)");
		await place.database.query("UPDATE reward_outbox.relays SET seen_at = now() - interval '1 hour'");
		expect((await doctor(place.env)).found("relays", "warn")[0]).toMatch(/no relay is running.*heard of 36\d\d s ago/);
	});
});

async function loginRole(database: TestDatabase) {
	const name = `test_login_${Math.random().toString(36).slice(2)}`;
	await queryAsAdmin(`CREATE ROLE ${name} LOGIN PASSWORD 'not-a-secret'`);
	const url = urlFor(database.url, name, "not-a-secret");
	return { name, url, [Symbol.asyncDispose]: async () => void (await queryAsAdmin(`DROP ROLE ${name}`)) };
}
