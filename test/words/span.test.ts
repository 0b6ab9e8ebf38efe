import { expect, test } from "vitest";
import { limitInWords, momentInWords, sinceInWords, spanInWords } from "../../src/words/span.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const at = (ms: number) => new Date(NOW.getTime() + ms);

test.each([
	[0, "0 ms"],
	[340, "340 ms"],
	[12_000, "12 s"],
	[182_000, "3 min 2 s"],
	[3_600_000, "1 h"],
	[7_500_000, "2 h 5 min"],
	[90_000_000, "1 d 1 h"],
	[86_400_000 + 5_000, "1 d"],
	[1_940, "1.9 s"],
	[1_960, "2 s"],
	[9_940, "9.9 s"],
	[9_960, "10 s"],
	[59_700, "1 min"],
	[179_600, "3 min"],
	[3_599_700, "1 h"],
	[86_399_000, "1 d"],
	[2 * 86_400_000 - 60_000, "2 d"],
])("%d ms are %s", (ms, words) => {
	expect(spanInWords(ms)).toBe(words);
});

test("a moment is told relative to now, with the exact time", () => {
	expect(momentInWords(at(-182_000), NOW)).toBe("3 min 2 s ago (2026-03-01 09:56:58Z)");
	expect(momentInWords(at(60_000), NOW)).toBe("in 1 min (2026-03-01 10:01:00Z)");
	expect(momentInWords(at(200), NOW)).toBe("just now");
});

test("a duration never runs backwards, however the clocks stand", () => {
	expect(sinceInWords(at(-60_000), NOW)).toBe("since 2026-03-01 09:59:00Z (1 min)");
	expect(sinceInWords(at(60_000), NOW)).toBe("since 2026-03-01 10:01:00Z (0 ms)");
});

test("a limit is an exact time first, so that it can stand behind until and before", () => {
	expect(limitInWords(at(30_780_000), NOW)).toBe("2026-03-01 18:33:00Z (in 8 h 33 min)");
	expect(limitInWords(at(-60_000), NOW)).toBe("2026-03-01 09:59:00Z (1 min ago)");
	expect(limitInWords(at(100), NOW)).toBe("2026-03-01 10:00:00Z (now)");
});
