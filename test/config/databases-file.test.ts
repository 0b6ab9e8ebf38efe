import { describe, expect, test } from "vitest";
import { type EntryDefaults, parseDatabases } from "../../src/config/databases-file.ts";
import { DELIVERY_DEFAULTS } from "../../src/config/delivery-part.ts";

const DEFAULTS: EntryDefaults = {
	delivery: DELIVERY_DEFAULTS,
	rewardApiUrl: new URL("https://api.example.com"),
	hasKey: false,
	resolve: (path) => `/etc/outbox/${path}`,
	completed: (url) => url,
	passwords: () => undefined,
};
const KEY = "reward_api_key: sk_test_hidden";

function problemsOf(text: string, defaults: Partial<EntryDefaults> = {}): string[] {
	return parseDatabases(text, { ...DEFAULTS, ...defaults }).problems.map(({ message }) => message);
}

describe("the file with the databases", () => {
	test("is a list of entries, whose settings are those of all unless it says otherwise", () => {
		const { entries, problems } = parseDatabases(
			`databases:
  - name: shop-a
    url: postgres://u:hidden@db/a
    ${KEY}
    concurrency: 8
    max_attempts: 3
  - name: shop-b
    url_file: b.url
    listen_url: postgres://u:hidden@direct/b
    reward_api_key_file: b.key
    paused: true
`,
			DEFAULTS,
		);
		expect(problems).toEqual([]);
		expect(entries).toEqual([
			{
				name: "shop-a",
				databaseUrl: "postgres://u:hidden@db/a",
				databaseListenUrl: "postgres://u:hidden@db/a",
				key: { text: "sk_test_hidden" },
				webhookToken: null,
				delivery: { ...DELIVERY_DEFAULTS, concurrency: 8, maxAttempts: 3 },
				isPaused: false,
			},
			{
				name: "shop-b",
				databaseUrl: "file:/etc/outbox/b.url",
				databaseListenUrl: "postgres://u:hidden@direct/b",
				key: { file: "/etc/outbox/b.key" },
				webhookToken: null,
				delivery: DELIVERY_DEFAULTS,
				isPaused: true,
			},
		]);
	});

	test.each([
		["names with their entries", `databases: {a: {url: "postgres://h/a", ${KEY}}}`],
		["names alone", `a: {url: "postgres://h/a", ${KEY}}`],
		["a list alone", `- {name: a, url: "postgres://h/a", ${KEY}}`],
		[
			"short names, and limits in a group",
			`- {name: a, url: "postgres://h/a", key: sk_test_x, limits: {concurrency: 3}}`,
		],
		["JSON", `{"databases": [{"name": "a", "url": "host=h dbname=a", "reward_api_key": "sk_test_x"}]}`],
	])("may also be %s", (_form, text) => {
		expect(problemsOf(text)).toEqual([]);
		expect(parseDatabases(text, DEFAULTS).entries.map(({ name }) => name)).toEqual(["a"]);
	});

	test("needs no key where the environment has one", () => {
		expect(problemsOf("- {name: a, url: 'postgres://h/a'}", { hasKey: true })).toEqual([]);
	});

	test("takes no more of the budget for one database than there is", () => {
		const { entries } = parseDatabases(`- {name: a, url: "postgres://h/a", ${KEY}, concurrency: 4000}`, DEFAULTS);
		expect(entries[0]?.delivery.concurrency).toBe(DELIVERY_DEFAULTS.concurrency);
	});

	test("is told all its problems at once, each with the entry's name and what was expected", () => {
		const text = `databases:
  - name: a
    url: postgres://u:hidden@h/one
    ${KEY}
    concurency: 3
  - name: a
    url: postgres://h/two
    ${KEY}
    concurrency: "8"
  - name: B
    url: postgres://other@h:5432/one
    reward_api_key: "two words hidden"
  - url: postgre://u:hidden@h/x
    url_file: sk_live_hidden
  - name: c
    url: postgres://h/three
    backoff_base_ms: 5000
    backoff_cap_ms: 1000
  - 7
shops: 1
`;
		const messages = problemsOf(text);
		for (const expected of [
			/^unknown key shops/,
			/^entry 6: expected name, url/,
			/^a\.concurency: unknown key; did you mean concurrency\?$/,
			/^a\.concurrency: expected a whole number from 1 to 4096, got "8"$/,
			/^a: there are two entries of this name$/,
			/^B\.reward_api_key: expected one line of visible ASCII/,
			/^B\.url: expected a database of its own, got that of a$/,
			/^entry 4: name: missing$/,
			/^entry 4\.url: expected postgres:\/\//,
			/^entry 4\.url_file: expected the path of a file, not the key itself/,
			/^c\.reward_api_key: missing/,
			/^c\.backoff_base_ms: expected at most c\.backoff_cap_ms = 1000, got 5000$/,
		]) {
			expect(messages).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
		}
		expect(messages.join("\n")).not.toContain("hidden");
	});

	test.each([
		["", /^expected at least one database$/],
		["databases:", /^expected at least one database$/],
		["databases: []", /^expected at least one database$/],
		["databases: 5", /^expected a list of databases, got 5$/],
		["a: {url: 'postgres://u:hidden@h/a'\n b: *hidden", /^line \d+, column \d+: no YAML/],
		["- {name: a, url: *hidden}", /^expected an anchor/],
		["a: {}\na: {}", /^line 2, column 1: a name that is there already$/],
		[`- {name: "a b", url: "postgres://h/a", ${KEY}}`, /^a b: expected a name of 1 to 63 letters/],
		[`- {name: a, url: "postgres://h/a", ${KEY}, paused: "no"}`, /^a\.paused: expected true or false, got "no"$/],
		[`- {name: a, url: "postgres://h/a", ${KEY}, limits: 5}`, /^a\.limits: expected names and values$/],
		[`- {name: a, ${KEY}}`, /^a\.url: missing/],
		[`- {name: a, url: 5, ${KEY}}`, /^a\.url: expected postgres:\/\/.*got 5$/],
	])("%j is refused with a reason that shows no secret", (text, expected) => {
		const messages = problemsOf(text);
		expect(messages).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
		expect(messages.join("\n")).not.toContain("hidden");
	});

	test("keeps live keys off plain http:", () => {
		const text = "- {name: a, url: 'postgres://h/a', reward_api_key: sk_live_hidden}";
		const rewardApiUrl = new URL("http://reward.example.com");
		expect(problemsOf(text, { rewardApiUrl })).toEqual([
			expect.stringMatching(/^a\.reward_api_key: expected a sk_test_ key/),
		]);
	});
});
