import { describe, expect, test } from "vitest";
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from "../../src/reward/retry-after.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const now = () => NOW;

describe("Retry-After", () => {
	test.each<[string | undefined, number | null]>([
		["0", 0],
		["7", 7000],
		[" 7 ", 7000],
		["3600", MAX_RETRY_AFTER_MS],
		["86400", MAX_RETRY_AFTER_MS],
		["9".repeat(400), MAX_RETRY_AFTER_MS],
		["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
		["Thursday, 01-Jan-26 12:00:30 GMT", 30_000],
		["Thu Jan  1 12:00:30 2026", 30_000],
		["Thu, 01 Jan 2026 11:00:00 GMT", 0],
		["Fri, 01 Jan 2027 12:00:00 GMT", MAX_RETRY_AFTER_MS],
		[undefined, null],
		["", null],
		["-1", null],
		["+1", null],
		["1.5", null],
		["1e3", null],
		["0x10", null],
		["soon", null],
		["10, 20", null],
		["2026-01-01T12:00:30Z", null],
		["Thu, 41 Jan 2026 12:00:30 GMT", null],
		["1 Jan 2026", null],
	])("%j means %j ms", (value, expected) => {
		expect(parseRetryAfter(value, undefined, now)).toBe(expected);
	});

	test("counts a date from the response's own Date, so that no clock skew can spoil it", () => {
		const until = "Thu, 01 Jan 2026 12:10:30 GMT";
		expect(parseRetryAfter(until, "Thu, 01 Jan 2026 12:10:00 GMT", now)).toBe(30_000);
		expect(parseRetryAfter(until, "not a date", now)).toBe(630_000);
	});
});
