import { expect, test } from "vitest";
import { FailedLogins, PER_ADDRESS, TOGETHER } from "../../src/access/failed-logins.ts";

function failures() {
	let now = 0;
	const logins = new FailedLogins(() => now);
	return {
		logins,
		pass: (ms: number) => {
			now += ms;
		},
		fail: (address: string, times = 1) => {
			for (let i = 0; i < times; i += 1) logins.failed(address);
		},
	};
}

test("an address may fail so often at once, and then as often as time allows", () => {
	const { logins, fail, pass } = failures();
	fail("10.0.0.1", PER_ADDRESS.burst - 1);
	expect(logins.waitMs("10.0.0.1")).toBe(0);
	fail("10.0.0.1");
	expect(logins.waitMs("10.0.0.1")).toBe(PER_ADDRESS.refillMs);
	pass(PER_ADDRESS.refillMs - 1);
	expect(logins.waitMs("10.0.0.1")).toBe(1);
	pass(1);
	expect(logins.waitMs("10.0.0.1")).toBe(0);
	fail("10.0.0.1");
	expect(logins.waitMs("10.0.0.1")).toBeGreaterThan(0);
	expect(logins.waitMs("10.0.0.2")).toBe(0);
});

test("many addresses together are slowed down too", () => {
	const { logins, fail } = failures();
	for (let i = 0; i < TOGETHER.burst; i += 1) fail(`10.0.${i}.1`);
	expect(logins.waitMs("192.0.2.1")).toBe(TOGETHER.refillMs);
});

test.each([
	["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
	["2001:db8:1:2::1", "2001:db8:1:3::1", false],
	["::1", "::2", true],
	["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
	["10.0.0.1", "10.0.0.2", false],
])("%s and %s are one network: %s", (one, other, same) => {
	const { logins, fail } = failures();
	fail(one, PER_ADDRESS.burst);
	expect(logins.waitMs(other) > 0).toBe(same);
});

test("remembers no end of addresses", () => {
	const { logins, fail, pass } = failures();
	fail("10.0.0.1", PER_ADDRESS.burst);
	for (let i = 0; i < 10_000; i += 1) {
		pass(TOGETHER.refillMs);
		fail(`10.${(i >> 16) + 1}.${(i >> 8) & 255}.${i & 255}`);
	}
	expect(logins.waitMs("10.0.0.1")).toBe(0);
});
