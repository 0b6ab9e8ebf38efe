import { describe, expect, test } from "vitest";
import { checkOptions } from "../../src/composition/check-options.ts";
import { createRelay, type RelayOptions } from "../../src/composition/index.ts";
import { ALL_SETTINGS } from "../../src/config/settings.ts";
import { RELAY_PARTS, readConfig } from "../../src/config.ts";
import { ConfigurationError, problemLine } from "../../src/errors.ts";

const MINIMAL = { databaseUrl: "postgres://app:pw@127.0.0.1:1/shop", rewardApiKey: "sk_test_abc" };

/** `option: message` of every problem. */
function problems(changes: Readonly<Record<string, unknown>>): string[] {
	const check = checkOptions({ ...MINIMAL, ...changes } as RelayOptions);
	return check.ok ? [] : check.problems.map(problemLine);
}

async function refusal(options: Readonly<Record<string, unknown>>): Promise<ConfigurationError> {
	const outcome = await createRelay(options as unknown as RelayOptions).catch((error: unknown) => error);
	expect(outcome).toBeInstanceOf(ConfigurationError);
	return outcome as ConfigurationError;
}

describe("an embedded relay refuses what the command line refuses", () => {
	const TEXTS = [
		"",
		"garbage",
		"mysql://a/b",
		"postgres://app:pw@db/shop",
		"http://reward.internal",
		"http://127.0.0.1.evil.example",
		"https://user:pw@host",
		"https://host/v1",
		"http://[::1]:8788",
		"https://hooks.example/a#b",
		"sk_live_abc",
		"sk_test_a b",
	];
	const NUMBERS = [-1, 0, 1, 9, 10, 19_999, 20_000, 4096, 4097, 3_600_000, 3_600_001, 604_800_000, 604_800_001];

	/** Both ways of saying the same; the names differ, and so do the words for a switch. */
	function bothWays(settings: Readonly<Record<string, string | number | boolean>>): [string[], string[]] {
		const environment: Record<string, string> = {
			DATABASE_URL: MINIMAL.databaseUrl,
			REWARD_API_KEY: MINIMAL.rewardApiKey,
		};
		for (const [option, value] of Object.entries(settings)) {
			const setting = ALL_SETTINGS.find((candidate) => candidate.option === option);
			environment[setting?.variable ?? ""] = typeof value === "boolean" ? String(Number(value)) : String(value);
		}
		const read = readConfig(environment, RELAY_PARTS);
		const named = ALL_SETTINGS.filter(({ option }) => option !== undefined);
		const inOptions = (line: string) =>
			named
				.toSorted((a, b) => b.variable.length - a.variable.length)
				.reduce((text, { variable, option }) => text.replaceAll(variable, option as string), line)
				.replace("allowHttp=1", "allowHttp: true")
				.replace(/got "(-?\d+)"/, "got $1");
		return [read.ok ? [] : read.problems.map(problemLine).map(inOptions), problems(settings)];
	}

	test.each(
		ALL_SETTINGS.filter(({ option }) => option !== undefined && option !== "allowHttp").flatMap(({ option, range }) =>
			(range === undefined ? TEXTS : NUMBERS).map((value) => [option as string, value] as const),
		),
	)("%s: %j", (option, value) => {
		const [commandLine, embedded] = bothWays({ [option]: value });
		expect(embedded).toEqual(commandLine);
	});

	test.each([
		[
			{ requestTimeoutMs: 60_000 },
			"leaseMs: expected at least requestTimeoutMs + 5000 = 65000, got 60000 (the default)",
		],
		[{ leaseMs: 19_999 }, "leaseMs: expected at least requestTimeoutMs + 5000 = 20000, got 19999"],
		[{ backoffBaseMs: 10, backoffCapMs: 9 }, "backoffBaseMs: expected at most backoffCapMs = 9, got 10"],
		[
			{ rewardApiUrl: "http://reward.internal", rewardApiKey: "sk_live_abc", allowHttp: true },
			"rewardApiKey: expected a sk_test_ key: rewardApiUrl is http:, where others can read it",
		],
	])("%j contradicts itself", (settings, line) => {
		const [commandLine, embedded] = bothWays(settings);
		expect(embedded).toEqual([line]);
		expect(commandLine).toEqual(embedded);
	});

	test("a test key may go over http: where that is allowed, and anything to loopback", () => {
		expect(problems({ rewardApiUrl: "http://sandbox:8080", allowHttp: true })).toEqual([]);
		expect(problems({ rewardApiUrl: new URL("http://localhost:1"), rewardApiKey: "sk_live_abc" })).toEqual([]);
	});

	test("a function that gives a live key is refused where the address is plain http:", async () => {
		const rewardApiKey = () => "sk_live_4eC39HqLyjW";
		const error = await refusal({ ...MINIMAL, rewardApiKey, rewardApiUrl: "http://reward.internal", allowHttp: true });
		expect(error.message).toMatch(/^rewardApiKey: expected a sk_test_ key/);
		expect(error.message).not.toContain("4eC39HqLyjW");
	});
});

describe("values that only a program can give", () => {
	test.each<[string, unknown, string]>([
		["concurrency", "64", 'expected a whole number from 1 to 4096, got "64"'],
		["concurrency", 1.5, "expected a whole number from 1 to 4096, got 1.5"],
		["concurrency", Number.NaN, "expected a whole number from 1 to 4096, got NaN"],
		["concurrency", null, "expected a whole number from 1 to 4096, got null"],
		["leaseMs", 10n, "expected a whole number from 1000 to 86400000, got a bigint"],
		["allowHttp", "1", 'expected true or false, got "1"'],
		["rewardApiUrl", {}, "got an object"],
		["rewardApiKey", 7, "got 7"],
		["databaseUrl", new URL("https://a"), "got an object"],
		["databaseUrl", undefined, "missing; expected postgres://"],
		["rewardApiKey", undefined, "missing; expected one line of visible ASCII"],
		["name", "", "expected 1 to 200 characters"],
		["name", "a\nb", "expected 1 to 200 characters"],
		["processUsage", {}, "expected a function"],
		["databasePassword", "s3cretword", "expected a function"],
		["databasePassword", () => "token", "expected no password in databaseUrl and databaseListenUrl besides"],
		["logger", console, "it has no fatal"],
		["logger", "pino", "it has no trace, debug, info, warn, error, fatal"],
	])("%s: %o", (option, value, message) => {
		expect(problems({ [option]: value })).toEqual([expect.stringContaining(message)]);
		expect(problems({ [option]: value })[0]).toMatch(new RegExp(`^${option}: `));
	});

	test("an undefined option is one that is not set", () => {
		expect(problems({ concurrency: undefined, logger: undefined, name: undefined })).toEqual([]);
	});

	test.each([undefined, null, "postgres://a/b"])("options that are no object: %s", async (options) => {
		const outcome = await createRelay(options as unknown as RelayOptions).catch((error: unknown) => error);
		expect(outcome).toBeInstanceOf(ConfigurationError);
	});
});

describe("unknown options", () => {
	test.each([
		["concurency", "concurrency"],
		["timeoutMs", "requestTimeoutMs"],
		["lease", "leaseMs"],
		["apiKey", "rewardApiKey"],
		["apiUrl", "rewardApiUrl"],
		["DATABASE_URL", "databaseUrl"],
		["log", "logger"],
	])("%s means %s", (typed, meant) => {
		expect(problems({ [typed]: 1 })).toEqual([`${typed}: unknown option; did you mean ${meant}?`]);
	});

	test("nothing is suggested for a name that is like no other", () => {
		expect(problems({ frobnicate: 1 })).toEqual(["frobnicate: unknown option"]);
	});
});

test("all problems come at once, the key's too, and no secret with them", async () => {
	const error = await refusal({
		databaseUrl: "pg://app:s3cretword@db",
		rewardApiKey: () => "s3cretkey with blanks",
		alertWebhookUrl: "ftp://hooks.example/s3cretpath",
		rewardApiUrl: "https://s3cretword.example/path",
		concurrency: 0,
		leaseMs: "s3cretword",
		levelOfDetail: 1,
	});
	expect(error.problems.map(({ variable }) => variable).sort()).toEqual(
		[
			"REWARD_API_KEY",
			"alertWebhookUrl",
			"concurrency",
			"databaseUrl",
			"leaseMs",
			"levelOfDetail",
			"rewardApiUrl",
		].sort(),
	);
	expect(error.message).not.toContain("s3cret");
});
