import { describe, expect, test } from "vitest";
import { proxyFor } from "../../src/config/proxy-part.ts";
import { readConfig } from "../../src/config.ts";

const KEY = { REWARD_API_KEY: "sk_test_abc" };

function proxyOf(environment: Record<string, string>): string | null {
	const result = readConfig({ ...KEY, ...environment }, ["reward", "proxy"]);
	if (!result.ok) throw new Error(result.problems.map(({ variable, message }) => `${variable}: ${message}`).join("; "));
	return proxyFor(result.config.rewardApiUrl, result.config)?.href ?? null;
}

test.each([
	[{ HTTPS_PROXY: "http://proxy.example:3128" }, "http://proxy.example:3128/"],
	[{ https_proxy: "http://proxy.example:3128" }, "http://proxy.example:3128/"],
	[{ HTTPS_PROXY: "proxy.example:3128" }, "http://proxy.example:3128/"],
	[{ HTTPS_PROXY: "https://user:p%40ss@proxy.example" }, "https://user:p%40ss@proxy.example/"],
	[{ HTTPS_PROXY: "http://[::1]:3128" }, "http://[::1]:3128/"],
	[{ HTTPS_PROXY: "" }, null],
	[{ HTTP_PROXY: "http://proxy.example:3128" }, null],
	[{}, null],
])("%j is read as other programs read it", (environment, expected) => {
	expect(proxyOf(environment as Record<string, string>)).toBe(expected);
});

test.each([
	"socks5://user:s3cret@proxy.example:1080",
	"http://proxy.example/s3cret",
	"http://user:s3cret%zz@proxy.example",
	"http://",
])("%s is refused in words that do not show it", (text) => {
	expect(() => proxyOf({ HTTPS_PROXY: text })).toThrow(
		/^HTTPS_PROXY: expected an HTTP proxy, http:\/\/host:port(?!.*s3cret)/,
	);
});

describe("NO_PROXY", () => {
	const at = (noProxy: string, url = "https://api.rewardplugin.com") =>
		proxyOf({ HTTPS_PROXY: "proxy.example:3128", NO_PROXY: noProxy, REWARD_API_URL: url });

	test.each<[string, string?]>([
		["*"],
		["api.rewardplugin.com"],
		["API.RewardPlugin.com"],
		["rewardplugin.com"],
		[".rewardplugin.com"],
		["*.rewardplugin.com"],
		["localhost, 10.0.0.0/8 ,rewardplugin.com:443"],
		["localhost rewardplugin.com"],
		["10.0.0.0/8", "https://10.1.2.3"],
		["10.1.2.3", "https://10.1.2.3"],
		["fd00::/8", "https://[fd00::7]:8443"],
		["[fd00::7]:8443", "https://[fd00::7]:8443"],
	])("%s is the direct way", (noProxy, url) => {
		expect(at(noProxy, url)).toBeNull();
	});

	test.each<[string, string?]>([
		[""],
		["plugin.com"],
		["rewardplugin.com:8443"],
		["10.0.0.0/99", "https://10.1.2.3"],
		["11.0.0.0/8", "https://10.1.2.3"],
		["0", "https://10.1.2.3"],
		["::,[,]:,%%"],
	])("%s is not", (noProxy, url) => {
		expect(at(noProxy, url)).toBe("http://proxy.example:3128/");
	});

	test("is not needed for this machine", () => {
		for (const url of ["https://localhost:8443", "https://127.0.0.1:8443", "https://[::1]:8443"])
			expect(at("", url)).toBeNull();
	});
});
