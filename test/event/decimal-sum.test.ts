import fc from "fast-check";
import { expect, test } from "vitest";
import { DecimalSum } from "../../src/event/decimal-sum.ts";

const sum = (...texts: (string | null)[]) =>
	texts.reduce((total, text) => total.add(text), new DecimalSum()).toString();

test.each([
	[[], "0"],
	[["19.90", "0.1"], "20.00"],
	[["0.1", "0.2"], "0.3"],
	[["9007199254740993", "0.01"], "9007199254740993.01"],
	[["-5", "2.5"], "-2.5"],
	[["-0.05"], "-0.05"],
	[[null, "3"], "3"],
	[["1".padEnd(401, "0"), "0.5"], `${"1".padEnd(401, "0")}.5`],
] as const)("%j add up to %s", (texts, expected) => {
	expect(sum(...texts)).toBe(expected);
});

test("cents add up as whole numbers do, in any order", () => {
	fc.assert(
		fc.property(fc.array(fc.integer({ min: -10_000_000, max: 10_000_000 })), (cents) => {
			const texts = cents.map(
				(n) => `${n < 0 ? "-" : ""}${Math.floor(Math.abs(n) / 100)}.${String(Math.abs(n) % 100).padStart(2, "0")}`,
			);
			const total = cents.reduce((a, b) => a + b, 0);
			expect(Math.round(Number(sum(...texts)) * 100) + 0).toBe(total + 0);
			expect(sum(...texts.toReversed())).toBe(sum(...texts));
		}),
	);
});
