import { describe, expect, test } from "vitest";
import type { Environment } from "../../src/config/environment.ts";
import { RELAY_PARTS, readConfig, requireConfig } from "../../src/config.ts";
import { ConfigurationError, problemLine } from "../../src/errors.ts";

const MINIMAL = { DATABASE_URL: "postgres://app:pw@db.internal:5432/shop", REWARD_API_KEY: "sk_test_abc" };

function read(changes: Environment) {
	return readConfig({ ...MINIMAL, ...changes }, RELAY_PARTS);
}

/** `VARIABLE: message` of every problem. */
function problems(changes: Environment): string[] {
	const result = read(changes);
	return result.ok ? [] : result.problems.map(problemLine);
}

function value(changes: Environment) {
	const result = read(changes);
	if (!result.ok) throw new ConfigurationError(result.problems);
	return result.config;
}

describe("defaults", () => {
	test("what is required is enough", () => {
		expect(value({})).toEqual({
			databaseUrl: MINIMAL.DATABASE_URL,
			databaseListenUrl: MINIMAL.DATABASE_URL,
			rewardApiKey: "sk_test_abc",
			rewardApiUrl: new URL("https://api.rewardplugin.com"),
			concurrency: 64,
			requestTimeoutMs: 15_000,
			leaseMs: 60_000,
			pollIntervalMs: 5000,
			maxAttempts: 20,
			backoffBaseMs: 1000,
			backoffCapMs: 3_600_000,
			http: { host: "127.0.0.1", port: 8787 },
			shutdownGraceMs: 20_000,
			logLevel: "info",
		});
	});

	test("other variables of the environment do not matter", () => {
		expect(problems({ PATH: "/bin", HOME: "", REWARD: "x", REWARDS_API_X: "x" })).toEqual([]);
	});
});

describe("accepted values", () => {
	test.each<[string, string, string, unknown]>([
		["DATABASE_URL", "postgresql:///shop?host=/run/postgresql", "databaseUrl", undefined],
		["DATABASE_URL", "postgresql://app@/shop?host=/run/postgresql", "databaseUrl", undefined],
		["DATABASE_URL", "postgres://app:p%40ss@[::1]:5433/shop?sslmode=require", "databaseUrl", undefined],
		["DATABASE_LISTEN_URL", "postgres://direct/shop", "databaseListenUrl", undefined],
		["REWARD_API_URL", "https://reward.internal:8443", "rewardApiUrl", new URL("https://reward.internal:8443")],
		["REWARD_API_URL", "https://reward.internal/", "rewardApiUrl", new URL("https://reward.internal/")],
		["REWARD_API_URL", "http://localhost:8788", "rewardApiUrl", new URL("http://localhost:8788")],
		["REWARD_API_URL", "http://127.1.2.3:8788", "rewardApiUrl", new URL("http://127.1.2.3:8788")],
		["REWARD_API_URL", "http://[::1]:8788", "rewardApiUrl", new URL("http://[::1]:8788")],
		["REWARD_OUTBOX_CONCURRENCY", "1", "concurrency", 1],
		["REWARD_OUTBOX_CONCURRENCY", "4096", "concurrency", 4096],
		["REWARD_OUTBOX_SHUTDOWN_GRACE_MS", "0", "shutdownGraceMs", 0],
		["REWARD_OUTBOX_LEASE_MS", "20000", "leaseMs", 20_000],
		["REWARD_OUTBOX_BACKOFF_BASE_MS", "3600000", "backoffBaseMs", 3_600_000],
		["REWARD_OUTBOX_HTTP_ADDR", "[::1]:0", "http", { host: "::1", port: 0 }],
		["REWARD_OUTBOX_HTTP_ADDR", ":8787", "http", { host: "", port: 8787 }],
		["REWARD_OUTBOX_HTTP_ADDR", "0.0.0.0:80", "http", { host: "0.0.0.0", port: 80 }],
		["REWARD_OUTBOX_HTTP_ADDR", "relay.internal:65535", "http", { host: "relay.internal", port: 65_535 }],
		["REWARD_OUTBOX_ADMIN_TOKEN", "t0ken", "adminToken", "t0ken"],
		["REWARD_OUTBOX_ADMIN_TOKEN_FILE", "/run/secrets/token", "adminTokenFile", "/run/secrets/token"],
		[
			"REWARD_OUTBOX_ALERT_WEBHOOK_URL",
			"https://hooks.example/a/b?c=d",
			"alertWebhookUrl",
			new URL("https://hooks.example/a/b?c=d"),
		],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", "http://[::1]:9/", "alertWebhookUrl", new URL("http://[::1]:9/")],
		["REWARD_OUTBOX_ANCHOR_FILE", "/var/log/anchors.ndjson", "anchorFile", "/var/log/anchors.ndjson"],
		[
			"REWARD_OUTBOX_ANCHOR_WEBHOOK_URL",
			"https://hooks.example/a",
			"anchorWebhookUrl",
			new URL("https://hooks.example/a"),
		],
		["REWARD_OUTBOX_STATE_DIR", "/var/lib/reward-outbox", "stateDir", "/var/lib/reward-outbox"],
		["REWARD_OUTBOX_TOKENS_FILE", "/run/secrets/tokens", "tokensFile", "/run/secrets/tokens"],
		["REWARD_OUTBOX_ALLOWED_HOSTS", "Outbox.example.com, relay", "allowedHosts", ["outbox.example.com", "relay"]],
		["REWARD_OUTBOX_TRUSTED_PROXIES", "10.0.0.7, FD00::/8", "trustedProxies", ["10.0.0.7", "fd00::/8"]],
		["REWARD_OUTBOX_CONSOLE_DATABASE_URL", "postgres://c@db/shop", "consoleDatabaseUrl", "postgres://c@db/shop"],
		["LOG_LEVEL", "silent", "logLevel", "silent"],
	])("%s=%s", (name, text, field, expected) => {
		expect(value({ [name]: text })).toHaveProperty(field, expected ?? text);
	});

	test("http: to another host is possible with REWARD_OUTBOX_ALLOW_HTTP=1 and a test key", () => {
		const config = value({ REWARD_API_URL: "http://sandbox:8080", REWARD_OUTBOX_ALLOW_HTTP: "1" });
		expect(config.rewardApiUrl.href).toBe("http://sandbox:8080/");
	});

	test("a key file stands in for the key", () => {
		const result = readConfig({ ...MINIMAL, REWARD_API_KEY: undefined, REWARD_API_KEY_FILE: "/run/key" }, ["reward"]);
		expect(result).toMatchObject({ ok: true, config: { rewardApiKeyFile: "/run/key" } });
		expect(result.ok && "rewardApiKey" in result.config).toBe(false);
	});

	test("the links that Kubernetes sets for a service of our name are not ours", () => {
		const links = {
			REWARD_OUTBOX_SERVICE_HOST: "10.0.0.1",
			REWARD_OUTBOX_SERVICE_PORT: "8787",
			REWARD_OUTBOX_SERVICE_PORT_HTTP: "8787",
			REWARD_OUTBOX_PORT: "tcp://10.0.0.1:8787",
			REWARD_OUTBOX_PORT_8787_TCP: "tcp://10.0.0.1:8787",
			REWARD_OUTBOX_PORT_8787_TCP_PROTO: "tcp",
			REWARD_OUTBOX_METRICS_PORT_8787_TCP_ADDR: "10.0.0.1",
		};
		expect(problems(links)).toEqual([]);
		expect(problems({ REWARD_OUTBOX_PORT: "8080" })).toEqual(["REWARD_OUTBOX_PORT: unknown variable"]);
	});
});

describe("refused values", () => {
	const NUMBERS = ["CONCURRENCY", "REQUEST_TIMEOUT_MS", "LEASE_MS", "POLL_INTERVAL_MS", "MAX_ATTEMPTS"]
		.concat(["BACKOFF_BASE_MS", "BACKOFF_CAP_MS", "SHUTDOWN_GRACE_MS"])
		.map((name) => `REWARD_OUTBOX_${name}`);
	const BAD = ["", " ", "10s", "-1", "+1", "1e3", "1.5", "0x10", "010", " 1", "1\n", "NaN", "Infinity", "9".repeat(20)];

	test.each(NUMBERS.flatMap((name) => BAD.map((text) => [name, text] as const)))("%s=%j", (name, text) => {
		expect(problems({ [name]: text })).toEqual([
			expect.stringMatching(new RegExp(`^${name}: expected a whole number from [0-9]+ to [0-9]+, got `)),
		]);
	});

	test.each<[string, string]>([
		["DATABASE_URL", ""],
		["DATABASE_URL", "mysql://app:pw@db/shop"],
		["DATABASE_URL", "db.internal"],
		["DATABASE_URL", "postgres://app:pw@db/shop\n"],
		["DATABASE_URL", "postgres://app:p/w@db/shop"],
		["DATABASE_URL", "postgres://app:100%@db/shop"],
		["DATABASE_LISTEN_URL", ""],
		["REWARD_API_KEY", ""],
		["REWARD_API_KEY", "sk_test_abc\n"],
		["REWARD_API_KEY", "sk_test_ab c"],
		["REWARD_API_KEY", "sk_test_äbc"],
		["REWARD_API_URL", ""],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", ""],
		["REWARD_OUTBOX_TOKENS_FILE", ""],
		["REWARD_OUTBOX_ALLOWED_HOSTS", ""],
		["REWARD_OUTBOX_ALLOWED_HOSTS", "a,,b"],
		["REWARD_OUTBOX_ALLOWED_HOSTS", "a:8787"],
		["REWARD_OUTBOX_ALLOWED_HOSTS", "*"],
		["REWARD_OUTBOX_ALLOWED_HOSTS", "https://a"],
		["REWARD_OUTBOX_TRUSTED_PROXIES", ""],
		["REWARD_OUTBOX_TRUSTED_PROXIES", "proxy.internal"],
		["REWARD_OUTBOX_TRUSTED_PROXIES", "10.0.0.0/33"],
		["REWARD_OUTBOX_TRUSTED_PROXIES", "10.0.0.1,,"],
		["REWARD_OUTBOX_CONSOLE_DATABASE_URL", "mysql://a/b"],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", "hooks.example/a"],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", "http://hooks.example/a"],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", "https://user:pass@hooks.example/a"],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", "https://hooks.example/a#b"],
		["REWARD_OUTBOX_ALERT_WEBHOOK_URL", "https://hooks.example/a b"],
		["REWARD_API_URL", "api.rewardplugin.com"],
		["REWARD_API_URL", "ftp://api.rewardplugin.com"],
		["REWARD_API_URL", "https://api.rewardplugin.com/v1"],
		["REWARD_API_URL", "https://api.rewardplugin.com/?"],
		["REWARD_API_URL", "https://api.rewardplugin.com#x"],
		["REWARD_API_URL", "https://user:pw@api.rewardplugin.com"],
		["REWARD_API_URL", " https://api.rewardplugin.com"],
		["REWARD_API_URL", "https://api.rewardplugin.com\\x"],
		["REWARD_API_URL", "http://api.rewardplugin.com"],
		["REWARD_API_URL", "http://127.0.0.1.evil.example"],
		["REWARD_API_URL", "http://0.0.0.0:8788"],
		["REWARD_OUTBOX_ALLOW_HTTP", "yes"],
		["REWARD_OUTBOX_LEASE_MS", "19999"],
		["REWARD_OUTBOX_BACKOFF_BASE_MS", "3600001"],
		["REWARD_OUTBOX_CONCURRENCY", "0"],
		["REWARD_OUTBOX_CONCURRENCY", "4097"],
		["REWARD_OUTBOX_HTTP_ADDR", ""],
		["REWARD_OUTBOX_HTTP_ADDR", "8787"],
		["REWARD_OUTBOX_HTTP_ADDR", "127.0.0.1"],
		["REWARD_OUTBOX_HTTP_ADDR", "127.0.0.1:65536"],
		["REWARD_OUTBOX_HTTP_ADDR", "::1:8787"],
		["REWARD_OUTBOX_HTTP_ADDR", "[1.2.3]:8787"],
		["REWARD_OUTBOX_HTTP_ADDR", "http://127.0.0.1:8787"],
		["REWARD_OUTBOX_ADMIN_TOKEN", ""],
		["REWARD_OUTBOX_ADMIN_TOKEN", "a b"],
		["REWARD_OUTBOX_ADMIN_TOKEN_FILE", ""],
		["LOG_LEVEL", ""],
		["LOG_LEVEL", "INFO"],
		["LOG_LEVEL", "verbose"],
	])("%s=%j", (name, text) => {
		expect(problems({ [name]: text })).toEqual([expect.stringMatching(new RegExp(`^${name}: expected `))]);
	});
});

describe("contradictions", () => {
	test("a request timeout that the default lease does not cover", () => {
		expect(problems({ REWARD_OUTBOX_REQUEST_TIMEOUT_MS: "60000" })).toEqual([
			"REWARD_OUTBOX_LEASE_MS: expected at least REWARD_OUTBOX_REQUEST_TIMEOUT_MS + 5000 = 65000, " +
				"got 60000 (the default)",
		]);
	});

	test("a key and a key file, a token and a token file", () => {
		expect(
			problems({ REWARD_API_KEY_FILE: "/k", REWARD_OUTBOX_ADMIN_TOKEN: "t", REWARD_OUTBOX_ADMIN_TOKEN_FILE: "/t" }),
		).toEqual([
			"REWARD_API_KEY: expected either REWARD_API_KEY or REWARD_API_KEY_FILE, got both",
			"REWARD_OUTBOX_ADMIN_TOKEN: expected either REWARD_OUTBOX_ADMIN_TOKEN or REWARD_OUTBOX_ADMIN_TOKEN_FILE, got both",
		]);
	});

	test("a live key over http:, even when http: is allowed", () => {
		const live = { REWARD_API_KEY: "sk_live_abc", REWARD_API_URL: "http://reward.internal" };
		expect(problems({ ...live, REWARD_OUTBOX_ALLOW_HTTP: "1" })).toEqual([
			"REWARD_API_KEY: expected a sk_test_ key: REWARD_API_URL is http:, where others can read it",
		]);
		expect(problems({ ...live, REWARD_API_URL: "http://localhost:1" })).toEqual([]);
	});
});

describe("which problems are reported", () => {
	const broken = { LOG_LEVEL: "loud", REWARD_OUTBOX_LEASE_MS: "x", REWARD_API_KEY: "", REWARD_OUTBOX_NOPE: "1" };

	test("all of them at once", () => {
		const variables = problems({ ...broken, DATABASE_URL: undefined }).map((line) => line.split(":")[0]);
		expect(variables.sort()).toEqual(
			["DATABASE_URL", "LOG_LEVEL", "REWARD_API_KEY", "REWARD_OUTBOX_LEASE_MS", "REWARD_OUTBOX_NOPE"].sort(),
		);
	});

	test("a command that needs only the database is not stopped by the rest, but by unknown names", () => {
		const result = readConfig({ ...MINIMAL, REWARD_OUTBOX_LEASE_MS: "x", REWARD_API_KEY: "" }, ["database"]);
		expect(result).toEqual({ ok: true, config: { databaseUrl: MINIMAL.DATABASE_URL, logLevel: "info" } });
		expect(readConfig({ ...MINIMAL, REWARD_OUTBOX_NOPE: "1" }, ["database"]).ok).toBe(false);
	});

	test("what is missing says what was expected", () => {
		const result = readConfig({}, ["database", "reward"]);
		expect(result.ok ? [] : result.problems.map(problemLine)).toEqual([
			expect.stringMatching(/^DATABASE_URL: missing; expected postgres:\/\//),
			expect.stringMatching(/^REWARD_API_KEY: missing; .*REWARD_API_KEY_FILE/),
		]);
	});

	test("requireConfig throws them as one error", () => {
		expect(() => requireConfig({}, ["database"])).toThrow(ConfigurationError);
	});
});

describe("did you mean", () => {
	test.each([
		["REWARD_OUTBOX_CONCURENCY", "REWARD_OUTBOX_CONCURRENCY"],
		["REWARD_OUTBOX_LEASE", "REWARD_OUTBOX_LEASE_MS"],
		["REWARD_OUTBOX_TIMEOUT_MS", "REWARD_OUTBOX_REQUEST_TIMEOUT_MS"],
		["REWARD_OUTBOX_DATABASE_URL", "DATABASE_URL"],
		["REWARD_OUTBOX_API_KEY", "REWARD_API_KEY"],
		["REWARD_OUTBOX_LOG_LEVEL", "LOG_LEVEL"],
		["REWARD_API_KEYFILE", "REWARD_API_KEY_FILE"],
		["reward_outbox_concurrency", "REWARD_OUTBOX_CONCURRENCY"],
	])("%s means %s", (typed, meant) => {
		expect(problems({ [typed]: "1" })).toEqual([`${typed}: unknown variable; did you mean ${meant}?`]);
	});

	test("nothing is suggested for a name that is like no other", () => {
		expect(problems({ REWARD_OUTBOX_FROBNICATE: "1" })).toEqual(["REWARD_OUTBOX_FROBNICATE: unknown variable"]);
	});
});
