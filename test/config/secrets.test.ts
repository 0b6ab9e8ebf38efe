import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAdminToken, loadRewardApiKey, readSecretFile, secretFiles } from "../../src/config/secret-file.ts";
import { readableByAll } from "../../src/config/small-file.ts";
import { loadTokens } from "../../src/config/tokens-file.ts";
import { RELAY_PARTS, readConfig, VARIABLES } from "../../src/config.ts";
import { problemLine } from "../../src/errors.ts";
import { redactSecrets } from "../../src/redact.ts";

/** Long enough that it cannot turn up by accident, and made of what secrets are made of, plus what breaks things. */
const secretText = fc.string({
	minLength: 12,
	maxLength: 40,
	unit: fc.constantFrom(..."abcdefghijkmnpqrstuvwxyzABCDEFGH23456789_-+/=.%:@ \n\té"),
});

describe("no problem ever shows a secret", () => {
	test("whatever is in the secret variables, and wherever else the same text ended up", () => {
		const secretName = fc.constantFrom(
			"DATABASE_URL",
			"DATABASE_LISTEN_URL",
			"REWARD_API_KEY",
			"REWARD_OUTBOX_ADMIN_TOKEN",
			"REWARD_OUTBOX_ALERT_WEBHOOK_URL",
			"REWARD_OUTBOX_ALERT_TEMPLATE",
			"REWARD_OUTBOX_ALERT_HEADERS",
			"REWARD_OUTBOX_ALERT_KEY",
			"REWARD_OUTBOX_ALERT_SIGNING_SECRET",
			"REWARD_OUTBOX_HEARTBEAT_URL",
			"REWARD_OUTBOX_WEBHOOK_TOKEN",
			"REWARD_OUTBOX_WEBHOOK_TOKEN_FILE",
			"REWARD_OUTBOX_CONSOLE_DATABASE_URL",
		);
		const wrap = fc.constantFrom(
			(secret: string) => secret,
			(secret: string) => `postgres://user:${secret}@host/db`,
			(secret: string) => `sk_live_${secret}`,
			(secret: string) => `https://x:${secret}@host`,
			(secret: string) => JSON.stringify({ Authorization: `Bearer ${secret}` }),
			(secret: string) => `whsec_${secret}`,
		);
		const elsewhere = fc.constantFrom(...VARIABLES, "REWARD_OUTBOX_NOPE", "REWARD_API_TOKEN");
		const property = fc.property(secretText, secretName, wrap, fc.array(elsewhere), (secret, name, wrapped, others) => {
			const environment: Record<string, string> = { [name]: wrapped(secret) };
			for (const other of others) environment[other] ??= wrapped(secret);
			const result = readConfig(environment, RELAY_PARTS);
			const shown = result.ok ? "" : result.problems.map(problemLine).join("\n");
			expect(shown).not.toContain(secret);
			expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
		});
		fc.assert(property, { numRuns: 2000 });
	});

	test.each([
		["REWARD_OUTBOX_CONCURRENCY", "sk_live_4eC39HqLyjW"],
		["REWARD_API_URL", "https://api.rewardplugin.com/?key=4eC39HqLyjW"],
		["REWARD_API_URL", "user:4eC39HqLyjW@api.rewardplugin.com"],
		["REWARD_API_KEY_FILE", "sk_live_4eC39HqLyjW"],
		["REWARD_OUTBOX_ADMIN_TOKN", "4eC39HqLyjW"],
		["LOG_LEVEL", "Bearer 4eC39HqLyjW"],
	])("%s=%s", (name, text) => {
		const result = readConfig({ [name]: text }, RELAY_PARTS);
		expect(JSON.stringify(result)).toContain(name);
		expect(JSON.stringify(result)).not.toContain("4eC39HqLyjW");
	});

	test("values that are shown are escaped and capped", () => {
		const result = readConfig({ LOG_LEVEL: `\u001b[31m\u202e${"x".repeat(100_000)}` }, []);
		const shown = result.ok ? "" : (result.problems[0]?.message ?? "");
		expect(shown).toContain("\\x1b[31m\\u{202e}xxx");
		expect(shown.length).toBeLessThan(250);
	});
});

describe("a secret in a file", () => {
	let folder: string;
	const write = async (name: string, content: string | Uint8Array) => {
		const path = join(folder, name);
		await writeFile(path, content);
		return path;
	};

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "reward-outbox-secret-"));
	});
	afterAll(async () => await rm(folder, { recursive: true }));

	test.each(["sk_test_abc", "sk_test_abc\n", "sk_test_abc\r\n"])("%j is the key", async (content) => {
		const rewardApiKeyFile = await write("key", content);
		const rewardApiUrl = new URL("https://api.rewardplugin.com");
		expect(await loadRewardApiKey({ rewardApiUrl, rewardApiKeyFile })).toBe("sk_test_abc");
	});

	test.each([
		"",
		"\n",
		"s3cretsecret\n\n",
		"s3cretsecret two",
		`s3cretsecret${"x".repeat(4000)}`,
		"s3cretsecret\u0000",
	])("%j is refused, and not shown", async (content) => {
		const path = await write("bad", content);
		const error: Error = await readSecretFile("REWARD_API_KEY_FILE", path).catch((thrown) => thrown);
		expect(error.message).toMatch(/^REWARD_API_KEY_FILE: what is in ".*" is not usable: expected/);
		expect(error.message).not.toContain("s3cretsecret");
	});

	test("the admin token comes from the environment, from its file, or is not there", async () => {
		const adminTokenFile = await write("token", "t0ken\n");
		const tokens = [{}, { adminToken: "direct" }, { adminTokenFile }].map(loadAdminToken);
		expect(await Promise.all(tokens)).toEqual([null, "direct", "t0ken"]);
	});

	test("a file that is not there is named", async () => {
		await expect(readSecretFile("REWARD_API_KEY_FILE", join(folder, "none"))).rejects.toThrow(/none" \(ENOENT\)/);
		await expect(readSecretFile("REWARD_API_KEY_FILE", folder)).rejects.toThrow(/EISDIR/);
	});

	const MKFIFO = (path: string) => execFileSync("mkfifo", [path]);

	test("a pipe, a device, a socket and what has no end are no files, and said to be none at once", async () => {
		const pipe = join(folder, "pipe");
		MKFIFO(pipe);
		for (const path of [pipe, "/dev/zero", "/dev/stdin", "/proc/self/fd/0"]) {
			const error: Error = await readSecretFile("REWARD_API_KEY_FILE", path).catch((thrown) => thrown);
			expect(error.message, path).toMatch(/cannot read .* (?:because it is no regular file|\(E[A-Z]+\))/);
		}
		const large = await write("large", "x".repeat(5000));
		await expect(readSecretFile("REWARD_API_KEY_FILE", large)).rejects.toThrow("too large: more than 4096 bytes");
	});

	test("links lead to the file, as Kubernetes has them", async () => {
		const data = join(folder, "..2026_data");
		await mkdir(data);
		await writeFile(join(data, "key"), "sk_test_abc\n");
		await symlink("..2026_data", join(folder, "..data"));
		await symlink("..data/key", join(folder, "linked"));
		expect(await readSecretFile("REWARD_API_KEY_FILE", join(folder, "linked"))).toBe("sk_test_abc");
	});

	test.each([
		"s3cretsecret",
		"/s3cretsecret",
		"s3cret/secret+x==",
		"./s3cretsecret",
		"../s3cretsecret",
		"s3cretsecret".repeat(50),
	])("one that was pasted instead of a path is not shown: %s", async (path) => {
		const errors = [
			await readSecretFile("REWARD_API_KEY_FILE", path).catch((thrown: Error) => thrown.message),
			await loadTokens({ tokensFile: path, adminTokenFile: path }).catch((thrown: Error) => thrown.message),
		];
		for (const message of errors) {
			expect(message).toMatch(/_FILE: cannot read the file that it names \(not shown/);
			expect(message).not.toContain(path);
		}
	});

	test("that everybody can read is remarked upon", async () => {
		const [open, closed] = [await write("open", "x"), await write("closed", "x")];
		await chmod(open, 0o644);
		await chmod(closed, 0o640);
		const files = secretFiles({ rewardApiKeyFile: closed, adminTokenFile: open, tokensFile: join(folder, "none") });
		expect(await readableByAll(files)).toEqual([{ variable: "REWARD_OUTBOX_ADMIN_TOKEN_FILE", path: open }]);
	});

	test("a live key is refused where the address allows only a test key", async () => {
		const rewardApiKeyFile = await write("live", "sk_live_abc\n");
		const load = (url: string) => loadRewardApiKey({ rewardApiUrl: new URL(url), rewardApiKeyFile });
		await expect(load("http://sandbox:8080")).rejects.toThrow(/sk_test_ key/);
		expect(await load("http://localhost:8080")).toBe("sk_live_abc");
	});
});

describe("redactSecrets", () => {
	test.each([
		["key sk_live_abc123, next", "key sk_live_[redacted], next"],
		["Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"],
		["connect postgres://app:p@ss@db/shop failed", "connect postgres://[redacted]@db/shop failed"],
		["?user=app&password=abc&x=1", "?user=app&password=[redacted]&x=1"],
		["nothing to hide: a://b/c", "nothing to hide: a://b/c"],
		["expected postgres://user:password@host:5432/db", "expected postgres://user:password@host:5432/db"],
		["postgres://user:password1@host", "postgres://[redacted]@host"],
	])("%s", (text, expected) => {
		expect(redactSecrets(text)).toBe(expected);
	});
});
