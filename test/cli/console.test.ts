import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli, startCli } from "./run-cli.ts";

const TOKEN = "a-long-enough-token-for-tests";
const OTHER = "another-long-token-for-tests";
const HTTP = { REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0" };

async function start(args: string[], env: Record<string, string>) {
	const cli = startCli(args, { ...HTTP, ...env });
	onTestFinished(() => void cli.child.kill("SIGKILL"));
	const { url } = JSON.parse(await cli.line((text) => text.includes("http server is listening"))) as { url: string };
	const get = (path: string, token: string) =>
		fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
	return { ...cli, url, get };
}

let database: TestDatabase;
let folder: string;
let tokensFile: string;
beforeAll(async () => {
	database = await createTestDatabase();
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-console-"));
	tokensFile = join(folder, "tokens");
});
afterAll(async () => {
	await database.drop();
	await rm(folder, { recursive: true });
});

describe("reward-outbox console", () => {
	test("serves pages, API and health with a database and a token alone, and ends with 0 on SIGTERM", async () => {
		const cli = await start(["console"], { DATABASE_URL: database.url, REWARD_OUTBOX_ADMIN_TOKEN: TOKEN });
		expect((await fetch(`${cli.url}/livez`)).status).toBe(200);
		expect(await (await fetch(`${cli.url}/readyz`)).json()).toMatchObject({ ready: true, database: { ok: true } });
		expect(await (await cli.get("/api/v1/session", TOKEN)).json()).toMatchObject({ name: "admin", role: "operator" });
		expect((await cli.get("/api/v1/overview", TOKEN)).status).toBe(200);
		expect((await cli.get("/api/v1/overview", "wrong")).status).toBe(401);
		expect((await cli.get("/metrics", TOKEN)).status).toBe(404);
		expect([200, 503]).toContain((await fetch(`${cli.url}/console/`)).status);
		cli.child.kill("SIGTERM");
		const { code, stdout, stderr } = await cli.ended;
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout).not.toContain(TOKEN);
	});

	test("reads its tokens again on SIGHUP: who stays stays, who goes goes, and a broken file changes nothing", async () => {
		await writeFile(tokensFile, `anna operator ${TOKEN}\nbert viewer ${OTHER}\n`);
		const env = { REWARD_OUTBOX_CONSOLE_DATABASE_URL: database.url, REWARD_OUTBOX_TOKENS_FILE: tokensFile };
		const cli = await start(["console"], env);
		const status = async (token: string) => (await cli.get("/api/v1/session", token)).status;
		expect([await status(TOKEN), await status(OTHER)]).toEqual([200, 200]);
		await writeFile(tokensFile, `anna operator ${TOKEN}\nbert viewer\n`);
		cli.child.kill("SIGHUP");
		expect(await cli.line((text) => text.includes("could not be read again"))).toContain("line 2");
		expect([await status(TOKEN), await status(OTHER)]).toEqual([200, 200]);
		await writeFile(tokensFile, `anna operator ${TOKEN}\n`);
		cli.child.kill("SIGHUP");
		await cli.line((text) => text.includes("tokens were read again"));
		expect([await status(TOKEN), await status(OTHER)]).toEqual([200, 401]);
		cli.child.kill("SIGTERM");
		expect(await cli.ended).toMatchObject({ code: 0, stderr: "" });
	});

	test("starts for nobody without a token, and says what to set", async () => {
		const { code, stdout, stderr } = await runCli(["console"], { DATABASE_URL: database.url });
		expect([code, stdout]).toEqual([2, ""]);
		expect(stderr).toMatch(
			/^error: REWARD_OUTBOX_ADMIN_TOKEN: missing.*\nhint: .*REWARD_OUTBOX_TOKENS_FILE, or a provider in REWARD_OUTBOX_OIDC_ISSUER\n$/,
		);
	});

	test("reports everything that is wrong with the token file at once", async () => {
		await writeFile(tokensFile, `anna boss ${TOKEN}\nbert\n`);
		const env = { DATABASE_URL: database.url, REWARD_OUTBOX_TOKENS_FILE: tokensFile };
		const { code, stderr } = await runCli(["console"], env);
		expect(code).toBe(2);
		expect(stderr).toMatch(/TOKENS_FILE: line 1: .*\nerror: REWARD_OUTBOX_TOKENS_FILE: line 2: /);
		expect(stderr).not.toContain(TOKEN);
	});

	test("says at once that a pipe or a device is no file, and does not hang on it", async () => {
		const pipe = join(folder, "pipe");
		execFileSync("mkfifo", [pipe]);
		for (const path of [pipe, "/dev/zero"]) {
			for (const variable of ["REWARD_OUTBOX_TOKENS_FILE", "REWARD_OUTBOX_ADMIN_TOKEN_FILE"]) {
				const { code, stderr } = await runCli(["console"], { DATABASE_URL: database.url, [variable]: path });
				expect([code, stderr]).toEqual([
					2,
					expect.stringMatching(`^error: ${variable}: cannot read .* no regular file\n`),
				]);
			}
		}
	});

	test("remarks upon a file with tokens that everybody can read", async () => {
		await writeFile(tokensFile, `anna operator ${TOKEN}\n`);
		await chmod(tokensFile, 0o644);
		const env = { DATABASE_URL: database.url, REWARD_OUTBOX_TOKENS_FILE: tokensFile };
		const cli = startCli(["console"], { ...HTTP, ...env });
		onTestFinished(() => void cli.child.kill("SIGKILL"));
		const remark = JSON.parse(await cli.line((text) => text.includes("read by every user")));
		expect(remark).toMatchObject({ level: "warn", variable: "REWARD_OUTBOX_TOKENS_FILE" });
		const { stdout } = await runCli(["doctor", "--json"], env);
		expect(stdout).toContain("the file that REWARD_OUTBOX_TOKENS_FILE names can be read by every user");
	});

	test("says that there is no schema, and what to run", async () => {
		await using empty = await createTestDatabase();
		await empty.query("DROP SCHEMA reward_outbox CASCADE");
		const { code, stderr } = await runCli(["console"], { DATABASE_URL: empty.url, REWARD_OUTBOX_ADMIN_TOKEN: TOKEN });
		expect(code).toBe(1);
		expect(stderr).toMatch(/^error: there is no reward_outbox schema.*\nhint: run: reward-outbox migrate\n$/);
	});

	test("waits for a database that is down, and says so at /readyz", async () => {
		const env = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", REWARD_OUTBOX_ADMIN_TOKEN: TOKEN };
		const cli = await start(["console"], env);
		expect((await fetch(`${cli.url}/readyz`)).status).toBe(503);
		expect((await cli.get("/api/v1/overview", TOKEN)).status).toBe(503);
		cli.child.kill("SIGTERM");
		expect((await cli.ended).code).toBe(0);
	});
});

describe("reward-outbox relay", () => {
	const RELAY = { REWARD_API_KEY: "sk_test_console", REWARD_API_URL: "http://127.0.0.1:1" };

	test("serves the console with a token, beside its metrics", async () => {
		await writeFile(tokensFile, `anna viewer ${TOKEN}\n`);
		const cli = await start(["relay"], { ...RELAY, DATABASE_URL: database.url, REWARD_OUTBOX_TOKENS_FILE: tokensFile });
		expect(await (await cli.get("/api/v1/session", TOKEN)).json()).toMatchObject({ name: "anna", role: "viewer" });
		expect((await cli.get("/metrics", TOKEN)).status).toBe(200);
		await expect
			.poll(
				async () => ((await (await cli.get("/api/v1/overview", TOKEN)).json()) as { relays: unknown[] }).relays.length,
			)
			.toBe(1);
		cli.child.kill("SIGTERM");
		expect(await cli.ended).toMatchObject({ code: 0, stderr: "" });
	});

	test("serves nothing but health without a token", async () => {
		const cli = await start(["relay"], { ...RELAY, DATABASE_URL: database.url });
		for (const path of ["/", "/console/", "/api/v1/session", "/metrics"]) {
			expect((await fetch(`${cli.url}${path}`)).status).toBe(404);
		}
		expect((await fetch(`${cli.url}/livez`)).status).toBe(200);
		cli.child.kill("SIGTERM");
		expect((await cli.ended).code).toBe(0);
	});
});
