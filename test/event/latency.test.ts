import { expect, test } from "vitest";
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, latencyBucket, latencyPercentileMs } from "../../src/event/latency.ts";

const counted = (...latencies: number[]) => {
	const counts = Array.from({ length: LATENCY_BUCKETS }, () => 0);
	for (const ms of latencies) counts[latencyBucket(ms)] = (counts[latencyBucket(ms)] ?? 0) + 1;
	return counts;
};

test.each([
	[-3, 0],
	[0, 0],
	[1, 0],
	[1.01, 1],
	[50, 9],
	[7_200_000, LATENCY_BUCKETS - 2],
	[7_200_001, LATENCY_BUCKETS - 1],
])("%d ms are counted in bucket %d", (ms, bucket) => {
	expect(latencyBucket(ms)).toBe(bucket);
});

test("bounds rise", () => {
	expect([...LATENCY_BOUNDS_MS].sort((a, b) => a - b)).toEqual(LATENCY_BOUNDS_MS);
});

test("percentiles lie within the bucket they fall in", () => {
	expect(latencyPercentileMs(counted(), 0.5)).toBeNull();
	// Ten in the bucket from 30 to 50 ms.
	const ten = counted(...Array.from({ length: 10 }, () => 42));
	expect(latencyPercentileMs(ten, 0.5)).toBe(40);
	expect(latencyPercentileMs(ten, 1)).toBe(50);
	const mixed = counted(...Array.from({ length: 99 }, () => 1), 900);
	expect(latencyPercentileMs(mixed, 0.5)).toBeLessThanOrEqual(1);
	expect(latencyPercentileMs(mixed, 1)).toBe(1000);
	expect(latencyPercentileMs(counted(9e9), 0.5)).toBe(7_200_000);
	expect(latencyPercentileMs([0, 0.25], 0.99)).toBeCloseTo(1.99);
});
