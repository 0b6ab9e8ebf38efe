import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { webhook } from "../webhook/webhooks.ts";
import { runCli, startCli } from "./run-cli.ts";

const TOKEN = randomBytes(16).toString("hex");
const ADDRESS = { REWARD_OUTBOX_WEBHOOK_ADDR: "127.0.0.1:0", REWARD_OUTBOX_WEBHOOK_TOKEN: TOKEN };

async function start(command: string, env: Record<string, string>) {
	const cli = startCli([command], env);
	onTestFinished(() => void cli.child.kill("SIGKILL"));
	const line = await cli.line((text) => text.includes("webhook receiver is listening"));
	const { url }: { url: string } = JSON.parse(line);
	return { ...cli, url };
}

const post = (url: string, token: string, body = webhook()) =>
	fetch(`${url}/webhooks/reward/${token}`, { method: "POST", body });

async function receipts(database: TestDatabase) {
	const { rows } = await database.query(
		"SELECT trigger_id, user_id, value::text FROM reward_outbox.receipts WHERE kind = 'event' ORDER BY receipt_no",
	);
	return rows;
}

describe("reward-outbox webhook", () => {
	test.each(["SIGTERM", "SIGINT"] as const)(
		"keeps what Reward says, tells nobody the token, ends with 0 on %s",
		async (signal) => {
			await using database = await createTestDatabase();
			const receiver = await start("webhook", { DATABASE_URL: database.url, ...ADDRESS });
			expect((await post(receiver.url, TOKEN, webhook({ value: "1.50" }))).status).toBe(200);
			expect((await post(receiver.url, "x".repeat(32))).status).toBe(404);
			await post(receiver.url, TOKEN, "{}");
			receiver.child.kill(signal);
			const { code, stdout, stderr } = await receiver.ended;
			expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
			expect(stdout).toContain("a webhook of unknown shape was set aside");
			expect(stdout).not.toContain(TOKEN);
			expect(await receipts(database)).toEqual([{ trigger_id: "paid", user_id: "ada", value: "1.50" }]);
		},
	);

	test("tells health to everybody and metrics to whoever has a token, at an address of their own", async () => {
		await using database = await createTestDatabase();
		const receiver = await start("webhook", {
			DATABASE_URL: database.url,
			...ADDRESS,
			REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
			REWARD_OUTBOX_ADMIN_TOKEN: "a-long-token-of-the-test",
		});
		const { url } = JSON.parse(await receiver.line((text) => text.includes("http server is listening")));
		await post(receiver.url, TOKEN);
		expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true });
		expect((await fetch(`${url}/metrics`)).status).toBe(401);
		const headers = { authorization: "Bearer a-long-token-of-the-test" };
		const metrics = await (await fetch(`${url}/metrics`, { headers })).text();
		expect(metrics).toContain('reward_outbox_webhooks_total{result="recorded"} 1\n');
		expect(metrics).toContain("reward_outbox_process_resident_memory_bytes");
		receiver.child.kill("SIGTERM");
		expect((await receiver.ended).code).toBe(0);
	});

	test("reads its token from a file, and again on SIGHUP", async () => {
		await using database = await createTestDatabase();
		const folder = await mkdtemp(join(tmpdir(), "reward-outbox-webhook-"));
		onTestFinished(() => rm(folder, { recursive: true }));
		const file = join(folder, "token");
		await writeFile(file, `${TOKEN}\n`, { mode: 0o600 });
		const env = { REWARD_OUTBOX_WEBHOOK_ADDR: "127.0.0.1:0", REWARD_OUTBOX_WEBHOOK_TOKEN_FILE: file };
		const receiver = await start("webhook", { DATABASE_URL: database.url, ...env });
		expect((await post(receiver.url, TOKEN)).status).toBe(200);
		const other = randomBytes(16).toString("hex");
		await writeFile(file, other);
		receiver.child.kill("SIGHUP");
		await receiver.line((text) => text.includes("webhook token was read again"));
		expect((await post(receiver.url, TOKEN)).status).toBe(404);
		expect((await post(receiver.url, other)).status).toBe(200);
		await writeFile(file, "short");
		receiver.child.kill("SIGHUP");
		await receiver.line((text) => text.includes("webhook token could not be read again"));
		expect((await post(receiver.url, other)).status).toBe(200);
	});

	test.each([
		["without an address", {}, /REWARD_OUTBOX_WEBHOOK_ADDR: missing/],
		["without a token", { REWARD_OUTBOX_WEBHOOK_ADDR: ":0" }, /REWARD_OUTBOX_WEBHOOK_TOKEN: missing.*openssl rand/],
		[
			"with a token that can be guessed",
			{ ...ADDRESS, REWARD_OUTBOX_WEBHOOK_TOKEN: "secretsecretsecret" },
			/32 or more hex/,
		],
		["with 88 bits of hex", { ...ADDRESS, REWARD_OUTBOX_WEBHOOK_TOKEN: "0123456789abcdef012345" }, /32 or more hex/],
		["with both", { ...ADDRESS, REWARD_OUTBOX_WEBHOOK_TOKEN_FILE: "/dev/null" }, /got both/],
	])("refuses to start %s", async (_name, env, problem) => {
		const given = { DATABASE_URL: "postgres://localhost/none", ...env };
		const { code, stderr } = await runCli(["webhook"], given);
		expect(code).toBe(2);
		expect(stderr).toMatch(problem);
		for (const secret of [TOKEN, "secretsecretsecret", "0123456789abcdef012345"]) expect(stderr).not.toContain(secret);
	});

	test("a port that is taken is named with its variable", async () => {
		await using database = await createTestDatabase();
		const receiver = await start("webhook", { DATABASE_URL: database.url, ...ADDRESS });
		const taken = `127.0.0.1:${new URL(receiver.url).port}`;
		const env = { DATABASE_URL: database.url, ...ADDRESS, REWARD_OUTBOX_WEBHOOK_ADDR: taken };
		const { code, stderr } = await runCli(["webhook"], env);
		expect(code).toBe(1);
		expect(stderr).toMatch(/EADDRINUSE[\s\S]*REWARD_OUTBOX_WEBHOOK_ADDR/);
	});
});

test("a relay takes them beside its work, as the sandbox sends them", async () => {
	await using database = await createTestDatabase();
	const port = await freePort();
	const hook = new URL(`http://127.0.0.1:${port}/webhooks/reward/${TOKEN}`);
	await using sandbox = await startSandbox({ webhookUrl: hook });
	const relay = await start("relay", {
		DATABASE_URL: database.url,
		REWARD_API_URL: sandbox.url,
		REWARD_API_KEY: "sk_test_webhook",
		REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
		REWARD_OUTBOX_WEBHOOK_ADDR: `127.0.0.1:${port}`,
		REWARD_OUTBOX_WEBHOOK_TOKEN: TOKEN,
	});
	await database.query(
		`INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ('paid', 'a/b?', '{"value": 19.990}')`,
	);
	await vi.waitFor(async () => expect(await receipts(database)).toHaveLength(1), 20_000);
	expect(await receipts(database)).toEqual([{ trigger_id: "paid", user_id: "a/b?", value: "19.99" }]);
	relay.child.kill("SIGTERM");
	expect((await relay.ended).code).toBe(0);
});

describe("reward-outbox doctor", () => {
	async function webhookCheck(env: Record<string, string>) {
		const { stdout } = await runCli(["doctor", "--json"], env);
		const { checks } = JSON.parse(stdout) as { checks: { name: string; verdict: string; message: string }[] };
		expect(stdout).not.toContain(TOKEN);
		return checks.filter(({ name }) => name === "webhooks");
	}

	test("sends itself a webhook by the public address, and counts it for nothing", async () => {
		await using database = await createTestDatabase();
		const receiver = await start("webhook", { DATABASE_URL: database.url, ...ADDRESS });
		const env = { DATABASE_URL: database.url, ...ADDRESS, REWARD_OUTBOX_WEBHOOK_PUBLIC_URL: `${receiver.url}/` };
		expect(await webhookCheck(env)).toMatchObject([{ verdict: "ok", message: expect.stringContaining("on record") }]);
		const { rows } = await database.query("SELECT kind FROM reward_outbox.receipts");
		expect(rows).toEqual([{ kind: "test" }]);
	});

	test("says when it does not arrive, or nobody knows whether it would", async () => {
		await using database = await createTestDatabase();
		await using sandbox = await startSandbox();
		const env = { DATABASE_URL: database.url, ...ADDRESS };
		const elsewhere = (url: string) => webhookCheck({ ...env, REWARD_OUTBOX_WEBHOOK_PUBLIC_URL: url });
		expect(await elsewhere("http://127.0.0.1:1")).toMatchObject([{ verdict: "fail" }]);
		expect(await elsewhere(sandbox.url)).toMatchObject([{ verdict: "fail", message: expect.stringContaining("404") }]);
		expect(await webhookCheck(env)).toMatchObject([{ verdict: "warn" }]);
		expect(await webhookCheck({ DATABASE_URL: database.url })).toMatchObject([{ verdict: "ok" }]);
	});
});

async function freePort(): Promise<number> {
	await using sandbox = await startSandbox();
	return sandbox.port;
}

test("receipts list and quarantine show what came, on a terminal and as JSON lines", async () => {
	await using database = await createTestDatabase();
	const env = { DATABASE_URL: database.url };
	const receive = (text: string) => database.query("SELECT reward_outbox.receive_webhook($1)", [Buffer.from(text)]);
	await receive(webhook({ id: "we_1", user: "ada", trigger: "paid", value: "19.90" }));
	await receive(webhook({ id: "we_2", user: "bob", trigger: "paid" }));
	await receive(`{"id": "\u001b[2J"}`);
	const list = await runCli(["receipts", "list", "--user", "ada", "--since", "1h", "--json"], env);
	expect(list.code).toBe(0);
	expect(
		list.stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line)),
	).toMatchObject([{ webhook_id: "we_1", user_id: "ada", value: "19.90", kind: "event" }]);
	expect((await runCli(["receipts", "list", "--until", "1h"], env)).stderr).toContain("no receipts match");
	const quarantine = await runCli(["receipts", "quarantine"], env);
	expect(quarantine.stdout).toContain("it is no JSON");
	expect(quarantine.stdout).not.toContain("\u001b[2J");
	const lines = (await runCli(["receipts", "quarantine", "--json"], env)).stdout.trim().split("\n");
	expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ times: 1, body: '{"id": "\u001b[2J"}' }]);
});
