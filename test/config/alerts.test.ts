import { describe, expect, test } from "vitest";
import { checkOptions } from "../../src/composition/check-options.ts";
import { readConfig } from "../../src/config.ts";
import { problemLine } from "../../src/errors.ts";

const URL_SET = { REWARD_OUTBOX_ALERT_WEBHOOK_URL: "https://hooks.example.com/x" };
const MINIMAL = { databaseUrl: "postgres://app:pw@127.0.0.1:1/shop", rewardApiKey: "sk_test_abc" };

function problems(environment: Record<string, string>): string[] {
	const result = readConfig(environment, ["alerts"]);
	return result.ok ? [] : result.problems.map(problemLine);
}

describe("settings of alerts that do not fit together", () => {
	test.each<[Record<string, string>, string]>([
		[
			{ REWARD_OUTBOX_ALERT_FORMAT: "pagerduty" },
			"REWARD_OUTBOX_ALERT_KEY: missing; REWARD_OUTBOX_ALERT_FORMAT pagerduty needs it",
		],
		[
			{ ...URL_SET, REWARD_OUTBOX_ALERT_KEY: "k" },
			"REWARD_OUTBOX_ALERT_KEY: expected only with REWARD_OUTBOX_ALERT_FORMAT pagerduty or opsgenie",
		],
		[
			{ ...URL_SET, REWARD_OUTBOX_ALERT_FORMAT: "slack", REWARD_OUTBOX_ALERT_TEMPLATE: "{}" },
			"REWARD_OUTBOX_ALERT_TEMPLATE: expected only with REWARD_OUTBOX_ALERT_FORMAT generic",
		],
		[
			{ REWARD_OUTBOX_ALERT_FORMAT: "slack" },
			"REWARD_OUTBOX_ALERT_WEBHOOK_URL: missing; REWARD_OUTBOX_ALERT_FORMAT says how to tell it",
		],
		[
			{ REWARD_OUTBOX_ALERT_SIGNING_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
			"REWARD_OUTBOX_ALERT_WEBHOOK_URL: missing; REWARD_OUTBOX_ALERT_SIGNING_SECRET says how to tell it",
		],
	])("%j", (environment, problem) => expect(problems(environment)).toEqual([problem]));

	test("are refused of a program in its own names", () => {
		const check = checkOptions({ ...MINIMAL, alertFormat: "opsgenie" });
		expect(check.ok ? [] : check.problems.map(problemLine)).toEqual([
			"alertKey: missing; alertFormat opsgenie needs it",
		]);
	});
});

describe("a template that would silently send nonsense is refused, and not shown", () => {
	test.each([
		["[1]", "expected a JSON object"],
		["{{title}}", "expected a JSON object"],
		['{"a": "{{titel}}"}', "did you mean {{title}}?"],
		['{"a": ["s3cretsecret {{nothing like it}}"]}', "the fields are status, code"],
	])("%s", (template, expected) => {
		const [problem = "", ...others] = problems({ ...URL_SET, REWARD_OUTBOX_ALERT_TEMPLATE: template });
		expect(others).toEqual([]);
		expect(problem).toContain(expected);
		expect(problem).not.toContain("s3cretsecret");
	});
});

describe("headers that cannot be sent are refused, and not shown", () => {
	test.each([
		"{}",
		"[]",
		"Authorization: Bearer s3cretsecret",
		'{"A": 7}',
		'{"A b": "x"}',
		'{"A": "s3cretsecret\\r\\nHost: evil"}',
		'{"A": " s3cretsecret"}',
		'{"Host": "s3cretsecret"}',
		'{"Webhook-Signature": "s3cretsecret"}',
		'{"Content-Length": "3"}',
	])("%s", (headers) => {
		const [problem = "", ...others] = problems({ ...URL_SET, REWARD_OUTBOX_ALERT_HEADERS: headers });
		expect(others).toEqual([]);
		expect(problem).toMatch(/^REWARD_OUTBOX_ALERT_HEADERS: expected/);
		expect(problem).not.toContain("s3cretsecret");
	});

	test("of a program: the object itself", () => {
		const options = { ...MINIMAL, alertWebhookUrl: "https://hooks.example.com/x", alertTemplate: { a: "{{title}}" } };
		const check = checkOptions({ ...options, alertHeaders: { Authorization: "Bearer x" } });
		expect(check.ok && check.options.alerts).toMatchObject({
			alertHeaders: { authorization: "Bearer x" },
			alertTemplate: '{"a":"{{title}}"}',
		});
		const cyclic: Record<string, unknown> = {};
		cyclic["self"] = cyclic;
		const refused = checkOptions({ ...options, alertTemplate: cyclic });
		expect(refused.ok ? [] : refused.problems.map(problemLine)).toEqual([
			expect.stringMatching(/^alertTemplate: expected a JSON object .*got an object$/),
		]);
	});
});

test("a header's value that ended up elsewhere is not shown there either", () => {
	const shown = problems({
		...URL_SET,
		REWARD_OUTBOX_ALERT_HEADERS: '{"Authorization": "Bearer 4eC39HqLyjW"}',
		REWARD_OUTBOX_HEARTBEAT_INTERVAL_MS: "4eC39HqLyjW",
		LOG_LEVEL: "Bearer 4eC39HqLyjW",
	}).join("\n");
	expect(shown).toContain("REWARD_OUTBOX_HEARTBEAT_INTERVAL_MS");
	expect(shown).not.toContain("4eC39HqLyjW");
});

test.each([
	"ftp://a",
	"outbox.example.com",
	"https://user:pw@outbox.example.com",
	"https://a/?token=s3cret",
	"https://a/#b",
])("%s is no address of a console", (address) =>
	expect(problems({ REWARD_OUTBOX_CONSOLE_URL: address })).toHaveLength(1),
);
