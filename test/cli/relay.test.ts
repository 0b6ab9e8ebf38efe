import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { runCli, startCli } from "./run-cli.ts";

const NOWHERE = "http://127.0.0.1:1";

function environment(databaseUrl: string, rewardUrl: string, more: Record<string, string> = {}) {
	return {
		DATABASE_URL: databaseUrl,
		REWARD_API_URL: rewardUrl,
		REWARD_API_KEY: "sk_test_relay_command",
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		...more,
	};
}

async function startRelay(database: TestDatabase, rewardUrl: string, more: Record<string, string> = {}) {
	const cli = startCli(["relay"], environment(database.url, rewardUrl, more));
	onTestFinished(() => void cli.child.kill("SIGKILL"));
	const line = await cli.line((text) => text.includes("http server is listening"));
	const { url }: { url: string } = JSON.parse(line);
	return { ...cli, url };
}

describe("reward-outbox relay", () => {
	test.each(["SIGTERM", "SIGINT"] as const)("delivers a plain INSERT, and ends with 0 on %s", async (signal) => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		const relay = await startRelay(database, reward.url);
		await relay.line((text) => text.includes("listener is listening"));
		await database.query(
			`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('paid', 'ada', '{"value": 19.990}')`,
		);
		await reward.waitFor(({ requests }) => requests.length === 1);
		await relay.line((text) => text.includes("event delivered"));
		relay.child.kill(signal);
		const { code, stdout, stderr } = await relay.ended;
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).not.toContain("sk_test_relay_command");
		const { rows } = await database.query("SELECT status, attempts FROM reward_outbox.events");
		expect(rows).toEqual([{ status: "delivered", attempts: 1 }]);
	});

	test("serves health to everybody and metrics to who has the token", async () => {
		await using database = await createTestDatabase();
		const relay = await startRelay(database, NOWHERE, { REWARD_OUTBOX_ADMIN_TOKEN: "let-me-in" });
		await relay.line((text) => text.includes("listener is listening"));
		const ready = await fetch(`${relay.url}/readyz`);
		expect(ready.status).toBe(200);
		expect(await ready.json()).toMatchObject({ ready: true, listener: { mode: "listening" }, paused: null });
		expect((await fetch(`${relay.url}/metrics`)).status).toBe(401);
		const metrics = await fetch(`${relay.url}/metrics`, { headers: { authorization: "Bearer let-me-in" } });
		expect(metrics.status).toBe(200);
		expect(await metrics.text()).toContain("reward_outbox_");
		relay.child.kill("SIGTERM");
		expect((await relay.ended).code).toBe(0);
	});

	test("reads the key again on SIGHUP", async () => {
		await using database = await createTestDatabase();
		await using reward = await startScriptedReward();
		const folder = await mkdtemp(join(tmpdir(), "reward-outbox-key-"));
		try {
			const file = join(folder, "key");
			await writeFile(file, "sk_test_first\n");
			const { REWARD_API_KEY: _, ...env } = environment(database.url, reward.url, { REWARD_API_KEY_FILE: file });
			const relay = startCli(["relay"], env);
			await relay.line((text) => text.includes("listener is listening"));
			await writeFile(file, "sk_test_second\n");
			relay.child.kill("SIGHUP");
			await relay.line((text) => text.includes("api key was read again"));
			await database.query("SELECT reward_outbox.emit('paid', 'ada')");
			await reward.waitFor(({ requests }) => requests.length === 1);
			expect(reward.requests[0]?.headers.get("authorization")).toBe("Bearer sk_test_second");
			relay.child.kill("SIGTERM");
			expect(await relay.ended).toMatchObject({ code: 0, stderr: "" });
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	test("lives through a database that is down at the start, and stops when told to", async () => {
		const { port } = await takenPort((server) => server.close());
		const relay = startCli(["relay"], environment(`postgres://nobody@127.0.0.1:${port}/none`, NOWHERE));
		const { url } = JSON.parse(await relay.line((text) => text.includes("http server is listening")));
		await relay.line((text) => text.includes("database does not answer"));
		expect((await fetch(`${url}/livez`)).status).toBe(200);
		expect((await fetch(`${url}/readyz`)).status).toBe(503);
		relay.child.kill("SIGTERM");
		expect((await relay.ended).code).toBe(0);
	});
});

describe("a relay that cannot do its work", () => {
	const refused = async (databaseUrl: string, message: RegExp) => {
		const relay = startCli(["relay"], environment(databaseUrl, NOWHERE));
		// One that does not refuse would go on for ever.
		onTestFinished(() => void relay.child.kill("SIGKILL"));
		const ended = await relay.ended;
		expect(ended.code).toBe(1);
		expect(ended.stderr).toMatch(message);
	};

	test("says that there is no schema", async () => {
		await using database = await createTestDatabase();
		await database.query("DROP SCHEMA reward_outbox CASCADE");
		await refused(database.url, /^error: there is no reward_outbox schema.*\nhint: run: reward-outbox migrate\n$/);
	});

	test("says that the schema is older", async () => {
		await using database = await createTestDatabase();
		await database.query("DELETE FROM reward_outbox.migrations WHERE name = '0008_search'");
		await refused(database.url, /^error: .*older than this version.*0008_search.*\nhint: .*migrate\n$/);
	});

	test("says that the schema is newer", async () => {
		await using database = await createTestDatabase();
		await database.query(
			"INSERT INTO reward_outbox.migrations (name, checksum, version) VALUES ('9999_later', 'x', '9.0.0')",
		);
		await refused(database.url, /^error: .*newer than this version.*9999_later.*\nhint: .+\n$/);
	});

	test("says that the database does not exist", async () => {
		await using database = await createTestDatabase();
		await refused(`${database.url}_not`, /^error: database .* does not exist\nhint: .+\n$/);
	});

	test("says that the port is taken, and which variable to change", async () => {
		await using database = await createTestDatabase();
		const { server, port } = await takenPort();
		const env = environment(database.url, NOWHERE, { REWARD_OUTBOX_HTTP_ADDR: `127.0.0.1:${port}` });
		const ended = await runCli(["relay"], env);
		server.close();
		expect(ended).toMatchObject({ code: 1, stdout: "" });
		expect(ended.stderr).toMatch(/^error: .*EADDRINUSE.*\nhint: .*REWARD_OUTBOX_HTTP_ADDR.*\n$/);
	});

	test("lists every problem of its environment and shows no secret", async () => {
		const { code, stdout, stderr } = await runCli(["relay"], {
			DATABASE_URL: "mysql://user:hunter22@host/db",
			REWARD_API_KEY: "sk_live_kept\nquiet",
			REWARD_API_URL: "http://example.com",
			REWARD_OUTBOX_CONCURRENCY: "10s",
			REWARD_OUTBOX_LEASE: "1",
		});
		expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
		for (const name of ["DATABASE_URL", "REWARD_API_KEY", "REWARD_API_URL", "REWARD_OUTBOX_CONCURRENCY"]) {
			expect(stderr).toMatch(new RegExp(`^error: ${name}: `, "m"));
		}
		expect(stderr).toContain("did you mean REWARD_OUTBOX_LEASE_MS?");
		expect(stderr).not.toMatch(/hunter22|quiet/);
	});

	test("lists both files that it cannot read", async () => {
		const { code, stderr } = await runCli(["relay"], {
			DATABASE_URL: "postgres://127.0.0.1:1/none",
			REWARD_API_KEY_FILE: "/does/not/exist/key",
			REWARD_OUTBOX_ADMIN_TOKEN_FILE: "/does/not/exist/token",
		});
		expect(code).toBe(2);
		expect(stderr).toMatch(/^error: REWARD_API_KEY_FILE: .*ENOENT/m);
		expect(stderr).toMatch(/^error: REWARD_OUTBOX_ADMIN_TOKEN_FILE: .*ENOENT/m);
	});
});

async function takenPort(then: (server: ReturnType<typeof createServer>) => void = () => {}) {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	then(server);
	return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
}
