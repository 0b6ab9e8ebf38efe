import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startScriptedProvider } from "../oidc/scripted-provider.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli, startCli } from "./run-cli.ts";

const SECRET = "s3cret-of-the-console-in-tests";

let database: TestDatabase;
let folder: string;
let secretFile: string;
beforeAll(async () => {
	database = await createTestDatabase();
	folder = await mkdtemp(join(tmpdir(), "reward-outbox-oidc-"));
	secretFile = join(folder, "secret");
	await writeFile(secretFile, `${SECRET}\n`, { mode: 0o600 });
});
afterAll(async () => {
	await database.drop();
	await rm(folder, { recursive: true });
});

const settings = (issuer: string) => ({
	DATABASE_URL: database.url,
	REWARD_OUTBOX_HTTP_ADDR: "127.0.0.1:0",
	REWARD_OUTBOX_CONSOLE_URL: "https://outbox.example.com",
	REWARD_OUTBOX_OIDC_ISSUER: issuer,
	REWARD_OUTBOX_OIDC_CLIENT_ID: "outbox",
	REWARD_OUTBOX_OIDC_CLIENT_SECRET_FILE: secretFile,
	REWARD_OUTBOX_OIDC_VIEWER_ROLES: "*",
});

test("a console without any token is served to those who sign in with a provider, which is asked when somebody does", async () => {
	await using provider = await startScriptedProvider();
	const cli = startCli(["console"], settings(provider.issuer.origin));
	onTestFinished(() => void cli.child.kill("SIGKILL"));
	const { url } = JSON.parse(await cli.line((text) => text.includes("http server is listening"))) as { url: string };
	const ways = await (await fetch(`${url}/api/v1/session/ways`)).json();
	expect(ways).toEqual({ token: false, provider: provider.issuer.host });
	expect((await fetch(`${url}/api/v1/overview`)).status).toBe(401);
	expect(provider.asked).toEqual([]);

	const begun = await fetch(`${url}/api/v1/session/oidc?next=//evil.example`, { redirect: "manual" });
	const { searchParams, origin } = new URL(begun.headers.get("location") ?? "");
	expect([begun.status, origin]).toEqual([302, provider.issuer.origin]);
	const back = "https://outbox.example.com/api/v1/session/oidc/callback";
	expect(searchParams.get("redirect_uri")).toBe(back);
	const [started = ""] = begun.headers.getSetCookie();
	expect(started).toMatch(/^reward_outbox_sign_in=.*; Path=\/api\/v1\/session\/oidc; HttpOnly; Secure; SameSite=Lax$/);

	provider.nonce = searchParams.get("nonce") ?? "";
	const returned = (cookie: string) =>
		fetch(`${url}/api/v1/session/oidc/callback?code=c&state=${searchParams.get("state")}`, {
			redirect: "manual",
			headers: { cookie: cookie.split(";")[0] ?? "", "sec-fetch-site": "cross-site" },
		});
	expect((await returned("")).headers.get("location")).toBe("/console/login?problem=expired");
	const signedIn = await returned(started);
	expect(signedIn.headers.get("location")).toBe("/console/");
	const session = signedIn.headers.getSetCookie().find((cookie) => cookie.startsWith("reward_outbox_session="));
	expect(session).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
	const who = await fetch(`${url}/api/v1/session`, { headers: { cookie: session?.split(";")[0] ?? "" } });
	expect(await who.json()).toMatchObject({ name: "oidc:anna", role: "viewer", by: "oidc", may_act: false });

	cli.child.kill("SIGTERM");
	const { code, stdout, stderr } = await cli.ended;
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	expect(stdout).toContain('"msg":"somebody signed in"');
	expect(stdout).not.toContain(SECRET);
});

test("what is wrong with its settings is said at once, and no secret is shown", async () => {
	const { DATABASE_URL } = settings("");
	const { code, stderr } = await runCli(["console"], {
		DATABASE_URL,
		REWARD_OUTBOX_CONSOLE_URL: "http://outbox.example.com",
		REWARD_OUTBOX_OIDC_ISSUER: "http://login.example.com",
		REWARD_OUTBOX_OIDC_CLIENT_SECRET: "s3cret",
		REWARD_OUTBOX_OIDC_OPERATOR_ROLES: "*",
		REWARD_OUTBOX_OIDC_SCOPES: "email",
	});
	expect(code).toBe(2);
	const problems = stderr
		.split("\n")
		.flatMap((line) => /^error: REWARD_OUTBOX_(\w+): (\w+)/.exec(line)?.slice(1) ?? []);
	expect(problems).toEqual([
		...["OIDC_ISSUER", "expected"],
		...["OIDC_CLIENT_ID", "missing"],
		...["OIDC_CLIENT_SECRET", "expected"],
		...["OIDC_SCOPES", "expected"],
		...["OIDC_OPERATOR_ROLES", "expected"],
		...["CONSOLE_URL", "expected"],
	]);
	expect(stderr).not.toContain("s3cret");
	const alone = await runCli(["console"], { DATABASE_URL, REWARD_OUTBOX_OIDC_CLIENT_ID: "outbox" });
	expect(alone.stderr).toContain(
		"REWARD_OUTBOX_OIDC_ISSUER: missing; REWARD_OUTBOX_OIDC_CLIENT_ID says how to sign in there",
	);
});

test("doctor says whether people can sign in", async () => {
	await using provider = await startScriptedProvider();
	const found = await runCli(["doctor"], settings(provider.issuer.origin));
	expect(found.stdout).toContain(`${provider.issuer.host} can be signed in with`);
	provider.metadata = { issuer: "https://another.example.com" };
	const wrong = await runCli(["doctor"], settings(provider.issuer.origin));
	expect(wrong.stdout).toContain(`nobody can sign in with ${provider.issuer.host}`);
	expect(wrong.stdout + found.stdout).not.toContain(SECRET);
});
