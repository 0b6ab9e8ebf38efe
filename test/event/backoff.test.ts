import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../src/event/backoff.ts";
import { anyRandom } from "./outcomes.ts";

const ALMOST_ONE = 1 - Number.EPSILON;
const POLICY = { maxAttempts: 20, backoffBaseMs: 1_000, backoffCapMs: 60_000 };

test.each([
	[1, 1_000],
	[2, 2_000],
	[3, 4_000],
	[6, 32_000],
	[7, 60_000],
	[1_000, 60_000],
])("after %i failures the delay is below %i ms", (failures, bound) => {
	expect(backoffMs(failures, POLICY, ALMOST_ONE)).toBeCloseTo(bound, 3);
	expect(backoffMs(failures, POLICY, 0.5)).toBe(bound / 2);
	expect(backoffMs(failures, POLICY, 0)).toBe(0);
});

const policies = fc.record({
	maxAttempts: fc.integer({ min: 1, max: 1_000 }),
	backoffBaseMs: fc.integer({ min: 1, max: 3_600_000 }),
	backoffCapMs: fc.integer({ min: 1, max: 86_400_000 }),
});

test("a delay is never negative, never above the cap and never not a number", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 1_000_000 }), policies, anyRandom, (failures, policy, random) => {
			const ms = backoffMs(failures, policy, random);
			expect(ms).toBeGreaterThanOrEqual(0);
			expect(ms).toBeLessThanOrEqual(policy.backoffCapMs);
		}),
	);
});

test("more failures never mean a shorter bound", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 100 }), policies, (failures, policy) => {
			expect(backoffMs(failures + 1, policy, ALMOST_ONE)).toBeGreaterThanOrEqual(
				backoffMs(failures, policy, ALMOST_ONE),
			);
		}),
	);
});
