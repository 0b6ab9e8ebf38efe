import { expect, test } from "vitest";
import { durationRange, durationTicks } from "../../src/console/app/charts/duration-scale.ts";
import { milliseconds } from "../../src/console/app/components/numbers.ts";

test.for([
	[null, null, ["1 ms", "10 ms"]],
	[3, 40, ["1 ms", "10 ms", "100 ms"]],
	[20, 95_000, ["10 ms", "100 ms", "1 s", "10 s", "1 min", "10 min"]],
	[70_000, 7_200_000, ["1 min", "10 min", "1 h", "6 h"]],
	[9e9, 9e12, ["10 d", "100 d"]],
] as const)("between %s and %s ms the axis has marks that people know", ([low, high, labels]) => {
	const [from, to] = durationRange(low, high);
	expect(durationTicks(from, to).map(milliseconds)).toEqual(labels);
	expect(from).toBeLessThanOrEqual(Math.max(1, low ?? 1));
});

test("every mark is a label of its own", () => {
	const labels = durationTicks(0, Number.POSITIVE_INFINITY).map(milliseconds);
	expect(new Set(labels).size).toBe(labels.length);
});
