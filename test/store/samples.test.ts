import { describe, expect, test } from "vitest";
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, latencyBucket } from "../../src/event/latency.ts";
import { attemptRates } from "../../src/store/inspect/attempt-rates.ts";
import { readConsistently } from "../../src/store/inspect/reading.ts";
import { readSeries, type Series } from "../../src/store/inspect/series.ts";
import { recordSample, type Sample, tidySamples } from "../../src/store/samples.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let sampleNo = 0;

function sample(fields: Partial<Sample> = {}): Sample {
	const counts = { accepted: 3, refused: 0, not_sent: 0, ambiguous: 1 };
	return {
		relayNo: 1,
		sampleNo: ++sampleNo,
		ageMs: 0,
		spanMs: 5_000,
		counts,
		latency: histogram(40, 40, 900),
		...fields,
	};
}

function histogram(...latencies: number[]): number[] {
	const counts = Array.from({ length: LATENCY_BUCKETS }, () => 0);
	for (const ms of latencies) counts[latencyBucket(ms)] = (counts[latencyBucket(ms)] ?? 0) + 1;
	return counts;
}

const record = (database: TestDatabase, fields?: Partial<Sample>) => recordSample(database.pool, sample(fields));
const total = (series: Series, outcome: "accepted" | "ambiguous") =>
	series.points.reduce((sum, point) => sum + point[outcome], 0);
const rows = async (database: TestDatabase) =>
	(await database.query("SELECT * FROM reward_outbox.relay_samples ORDER BY at")).rows;

test("the comment in the database tells the bounds that the code counts with", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		"SELECT col_description('reward_outbox.relay_samples'::regclass, attnum) AS text FROM pg_attribute WHERE attrelid = 'reward_outbox.relay_samples'::regclass AND attname = 'latency'",
	);
	const told = /up to ([\d, ]+) ms, and, last, longer/.exec(rows[0]?.["text"])?.[1]?.split(", ").map(Number);
	expect(told).toEqual(LATENCY_BOUNDS_MS);
});

test("a sample whose answer was lost counts once", async () => {
	await using database = await createTestDatabase();
	const same = sample();
	await recordSample(database.pool, same);
	await recordSample(database.pool, { ...same, ageMs: 4_000 });
	expect(await rows(database)).toHaveLength(1);
});

describe("old samples", () => {
	const MINUTE = 60_000;
	const DAY = 86_400_000;

	test("are thinned to minutes after a day, relay by relay, and nothing of them is lost", async () => {
		await using database = await createTestDatabase();
		for (const relayNo of [1, 2])
			for (let n = 0; n < 24; n++) await record(database, { relayNo, ageMs: DAY + 10 * MINUTE + n * 5_000 });
		await record(database, { latency: null, ageMs: DAY + 30 * MINUTE });
		await record(database, { ageMs: DAY - 10 * MINUTE });
		const before = await rows(database);
		await tidySamples(database.pool);
		const after = await rows(database);
		expect(after.filter(({ thinned }) => !thinned)).toHaveLength(1);
		// Two minutes of each relay, three where they do not begin with one, and the single one.
		expect(after.length).toBeLessThanOrEqual(8);
		const sum = (of: typeof after, column: string) => of.reduce((n, row) => n + row[column], 0);
		for (const column of ["accepted", "ambiguous", "span_ms"]) expect(sum(after, column)).toBe(sum(before, column));
		const latencies = (of: typeof after) =>
			of.flatMap((row) => row["latency"] ?? []).reduce((n, count) => n + count, 0);
		expect(latencies(after)).toBe(latencies(before));
		await tidySamples(database.pool);
		expect(await rows(database)).toEqual(after);
	});

	test("of many hours are thinned hour by hour, and go after eight days", async () => {
		await using database = await createTestDatabase();
		await record(database, { ageMs: 8 * DAY + MINUTE });
		for (const hours of [30, 28, 26]) await record(database, { ageMs: hours * 60 * MINUTE });
		await tidySamples(database.pool);
		expect((await rows(database)).map(({ thinned }) => thinned)).toEqual([true, false, false]);
		await tidySamples(database.pool);
		await tidySamples(database.pool);
		expect((await rows(database)).map(({ thinned }) => thinned)).toEqual([true, true, true]);
	});
});

describe("the series", () => {
	test.each([
		[5, 10, 30],
		[60, 10, 360],
		[61, 20, 183],
		[10_080, 1_680, 360],
	])("of %d minutes has steps of %d s, %d points, and zeros where nothing happened", async (minutes, step, points) => {
		await using database = await createTestDatabase();
		const series = await readSeries(database.pool, minutes);
		expect(series).toMatchObject({ now: expect.any(Date), step_seconds: step });
		expect(series.points).toHaveLength(points);
		const [first, last] = [series.points[0], series.points.at(-1)];
		expect(first).toMatchObject({ accepted: 0, refused: 0, not_sent: 0, ambiguous: 0, latency_p50_ms: null });
		expect((last?.at.getTime() ?? 0) - (first?.at.getTime() ?? 0)).toBe((points - 1) * step * 1000);
		expect(series.now.getTime() - ((last?.at.getTime() ?? 0) + step * 1000)).toBeLessThan(15_000);
	});

	test.each([4, 10_081, 5.5, Number.NaN])("of %d minutes is refused", async (minutes) => {
		await using database = await createTestDatabase();
		await expect(readSeries(database.pool, minutes)).rejects.toThrow(RangeError);
	});

	test("divides a sample between the steps it lies in, whole attempts each, and loses none", async () => {
		await using database = await createTestDatabase();
		const counts = { accepted: 7, refused: 0, not_sent: 0, ambiguous: 1 };
		await record(database, { ageMs: 60_000, spanMs: 35_000, counts });
		await record(database, { ageMs: 61_000, spanMs: 1, relayNo: 2 });
		const series = await readSeries(database.pool, 5);
		expect([total(series, "accepted"), total(series, "ambiguous")]).toEqual([10, 2]);
		const busy = series.points.filter(({ accepted }) => accepted > 0);
		expect(busy.length).toBeGreaterThanOrEqual(3);
		expect(busy.every(({ accepted }) => Number.isInteger(accepted))).toBe(true);
	});

	test("leaves out what ended before it began and cuts what began before", async () => {
		await using database = await createTestDatabase();
		const counts = { accepted: 1000, refused: 0, not_sent: 0, ambiguous: 0 };
		await record(database, { ageMs: 400_000, counts });
		await record(database, { ageMs: 200_000, spanMs: 1_000_000, counts });
		const accepted = total(await readSeries(database.pool, 5), "accepted");
		expect(accepted).toBeGreaterThan(80);
		expect(accepted).toBeLessThan(120);
	});

	test("interpolates percentiles of all relays together", async () => {
		await using database = await createTestDatabase();
		const counts = { accepted: 50, refused: 0, not_sent: 0, ambiguous: 0 };
		const fast = histogram(...Array.from({ length: 50 }, () => 40));
		const slow = histogram(...Array.from({ length: 50 }, () => 800));
		await record(database, { relayNo: 1, ageMs: 60_000, spanMs: 1, counts, latency: fast });
		await record(database, { relayNo: 2, ageMs: 60_000, spanMs: 1, counts, latency: slow });
		const [busy, ...others] = (await readSeries(database.pool, 5)).points.filter(({ accepted }) => accepted > 0);
		expect(others).toEqual([]);
		expect(busy).toMatchObject({ accepted: 100, latency_p50_ms: 50, latency_p95_ms: 970, latency_p99_ms: 994 });
	});
});

test("rates add up the samples of the last minute and the last five", async () => {
	await using database = await createTestDatabase();
	for (const ageMs of [1_000, 58_000, 62_000, 298_000, 302_000]) await record(database, { ageMs });
	expect(await readConsistently(database.pool, attemptRates)).toEqual({
		last_minute: { accepted: 6, refused: 0, not_sent: 0, ambiguous: 2 },
		last_5_minutes: { accepted: 12, refused: 0, not_sent: 0, ambiguous: 4 },
		at_least: false,
	});
});
