import { expect, test } from "vitest";
import { FailedLogins, PER_ADDRESS, PER_TOKEN, TOGETHER } from "../../src/access/failed-logins.ts";

function failures() {
	let now = 1_000;
	let guess = 0;
	const logins = new FailedLogins(() => now);
	return {
		logins,
		pass: (ms: number) => {
			now += ms;
		},
		/** The same mistyped token. */
		mistype: (address: string, times = 1) => {
			for (let i = 0; i < times; i += 1) logins.failed(address, "mistyped-token");
		},
		/** Another token each time. */
		guess: (address: string, times = 1) => {
			for (let i = 0; i < times; i += 1) {
				guess += 1;
				logins.failed(address, `${guess} guessed`);
			}
		},
	};
}

test("a token may be mistyped so often, and then each time costs twice as much", () => {
	const { logins, mistype, pass } = failures();
	const wait = () => logins.waitMs("10.0.0.1", "mistyped-token");
	mistype("10.0.0.1", PER_TOKEN.burst - 1);
	expect(wait()).toBe(0);
	const waits: number[] = [];
	for (let i = 0; i < 10; i += 1) {
		mistype("10.0.0.1");
		waits.push(wait());
		pass(wait());
		expect(wait()).toBe(0);
	}
	const { firstWaitMs, longestWaitMs } = PER_TOKEN;
	expect(waits).toEqual(waits.map((_, i) => Math.min(firstWaitMs * 2 ** i, longestWaitMs)));
	expect(waits.at(-1)).toBe(longestWaitMs);
});

test("whoever else mistypes behind the same address is not kept waiting for it", () => {
	const { logins, mistype } = failures();
	mistype("10.0.0.1", PER_TOKEN.burst + 5);
	expect(logins.waitMs("10.0.0.1", "mistyped-otherwise")).toBeGreaterThan(0);
	expect(logins.waitMs("10.0.0.1", "another token")).toBe(0);
	expect(logins.waitMs("10.0.0.2", "mistyped-token")).toBe(0);
});

test("an address that guesses has to wait, whatever it presents next, and begins anew after an hour", () => {
	const { logins, guess, pass } = failures();
	guess("10.0.0.1", PER_ADDRESS.burst);
	expect(logins.waitMs("10.0.0.1", "yet another")).toBe(PER_ADDRESS.firstWaitMs);
	expect(logins.waitMs("10.0.0.2", "yet another")).toBe(0);
	pass(3_600_000);
	expect(logins.waitMs("10.0.0.1", "yet another")).toBe(0);
});

test("many addresses together are slowed down a little", () => {
	const { logins, guess } = failures();
	for (let i = 0; i < TOGETHER.burst; i += 1) guess(`10.0.${i}.1`);
	expect(logins.waitMs("192.0.2.1", "any")).toBe(TOGETHER.firstWaitMs);
	for (let i = 0; i < 100; i += 1) guess(`10.1.${i}.1`);
	expect(logins.waitMs("192.0.2.1", "any")).toBe(TOGETHER.longestWaitMs);
});

test.each([
	["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
	["2001:db8:1:2::1", "2001:db8:1:3::1", false],
	["::1", "::2", true],
	["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
	["10.0.0.1", "10.0.0.2", false],
])("%s and %s are one network: %s", (one, other, same) => {
	const { logins, mistype } = failures();
	mistype(one, PER_TOKEN.burst);
	expect(logins.waitMs(other, "mistyped-token") > 0).toBe(same);
});

test("remembers no end of addresses", () => {
	const { logins, mistype, guess, pass } = failures();
	mistype("10.0.0.1", PER_TOKEN.burst + 20);
	for (let i = 0; i < 10_000; i += 1) guess(`10.${(i >> 16) + 1}.${(i >> 8) & 255}.${i & 255}`);
	pass(TOGETHER.longestWaitMs);
	expect(logins.waitMs("10.0.0.1", "mistyped-token")).toBe(0);
});
