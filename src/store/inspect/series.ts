import { sql } from "kysely";
import { LATENCY_BUCKETS, latencyPercentileMs } from "../../event/latency.ts";
import { type ByOutcome, byOutcome, OUTCOME_CLASSES } from "../../event/outcome.ts";
import type { Database } from "../database.ts";
import type { Instant } from "./filter.ts";
import { readConsistently } from "./reading.ts";

/** Attempts that ended in one step of time, by outcome, and how long delivery took. */
export interface SeriesPoint extends ByOutcome {
	/** When the step began, by the database's clock. */
	readonly at: Date;
	/** From the insert (or deliver_after) to acceptance. Null: nothing was delivered. */
	readonly latency_p50_ms: number | null;
	readonly latency_p95_ms: number | null;
	readonly latency_p99_ms: number | null;
}

export interface Series {
	readonly now: Date;
	readonly step_seconds: number;
	/**
	 * Oldest first, one per step, those in which nothing happened included. The last one ended a few seconds ago: relays
	 * report every five.
	 */
	readonly points: readonly SeriesPoint[];
}

/** Steps are a multiple of this, and begin at a multiple of it. Relays write every 5 seconds. */
const GRID_S = 10;
const MOST_POINTS = 360;
/** A sample may begin in a step and end after it. */
const LONGEST_SAMPLE_S = 3600;
/** What happened since may not be on record yet. */
const REPORT_S = 5;

const SHARES = [0.5, 0.95, 0.99] as const;

interface StepRow extends ByOutcome {
	readonly step: number;
	/** Fractions where a sample lies in two steps. */
	readonly latency: number[];
}

/** The steps of some minutes, all multiples of one grid. Seconds since 1970. */
export function gridOf(minutes: number, until: Instant | undefined, now: Date) {
	if (!Number.isInteger(minutes) || minutes < 5 || minutes > 10_080)
		throw new RangeError(`expected 5 to 10080 minutes, got ${minutes}`);
	const step = Math.ceil((minutes * 60) / MOST_POINTS / GRID_S) * GRID_S;
	const count = Math.ceil((minutes * 60) / step);
	const wanted =
		until === undefined ? now.getTime() : until.kind === "absolute" ? Date.parse(until.iso) : now.getTime() - until.ms;
	const latest = now.getTime() / 1000 - REPORT_S;
	const end = Math.floor(Math.min(wanted / 1000, latest) / GRID_S) * GRID_S;
	return { begin: end - count * step, step, count };
}

/**
 * What all relays did in the last minutes, from their own samples.
 * @param minutes 5 to 10 080: samples are kept for 8 days
 * @param until where they end; left out: now
 */
export function readSeries(database: Database, minutes: number, until?: Instant): Promise<Series> {
	return readConsistently(database, async ({ db, now }) => {
		const { begin, step, count } = gridOf(minutes, until, now);
		const { rows } = await sql<StepRow>`${steps(begin, step, count)}`.execute(db);
		const found = new Map(rows.map((row) => [row.step, row]));
		const points = Array.from({ length: count }, (_, index) => point(begin + index * step, found.get(index)));
		return { now, step_seconds: step, points };
	});
}

/**
 * A sample that lies in two steps is divided between them by time: whole attempts by rounding the running total, so
 * that none is lost and none is counted twice.
 */
function steps(begin: number, step: number, count: number) {
	const buckets = Array.from(
		{ length: LATENCY_BUCKETS },
		(_, index) => `coalesce(sum(d.latency[${index + 1}] * (d.upto - d.from_share)), 0)`,
	);
	const divided = OUTCOME_CLASSES.map((outcome) =>
		sql.raw(`sum(round(d.${outcome} * d.upto) - round(d.${outcome} * d.from_share))::float8 AS ${outcome}`),
	);
	const of = (alias: string) => sql.raw(OUTCOME_CLASSES.map((outcome) => `${alias}.${outcome}`).join(", "));
	return sql`
		SELECT d.step, ${sql.join(divided)},
		       ARRAY[${sql.raw(buckets.join(", "))}]::float8[] AS latency
		FROM (
			SELECT k.step, ${of("s")}, s.latency,
			       greatest((${begin}::float8 + k.step * ${step}::float8 - s.began) / s.span, 0) AS from_share,
			       least((${begin}::float8 + (k.step + 1) * ${step}::float8 - s.began) / s.span, 1) AS upto
			FROM (
				SELECT date_part('epoch', r.at) AS ended, r.span_ms / 1000.0::float8 AS span, date_part('epoch', r.at) - r.span_ms / 1000.0::float8 AS began,
				       ${of("r")}, r.latency
				FROM reward_outbox.relay_samples r
				WHERE r.at > to_timestamp(${begin}::float8)
				  AND r.at <= to_timestamp(${begin + (count + 1) * step}::float8 + ${LONGEST_SAMPLE_S}::float8)
			) s
			CROSS JOIN LATERAL generate_series(greatest(floor((s.began - ${begin}::float8) / ${step}::float8), 0)::integer,
			                                   least(ceil((s.ended - ${begin}::float8) / ${step}::float8) - 1, ${count}::float8 - 1)::integer) AS k(step)
		) d GROUP BY d.step`;
}

function point(at: number, row: StepRow | undefined): SeriesPoint {
	const accepted = row?.accepted ?? 0;
	const [p50, p95, p99] = SHARES.map((share) =>
		row === undefined || accepted === 0 ? null : roundMs(latencyPercentileMs(row.latency, share)),
	) as [number | null, number | null, number | null];
	return {
		at: new Date(at * 1000),
		...byOutcome((outcome) => row?.[outcome] ?? 0),
		latency_p50_ms: p50,
		latency_p95_ms: p95,
		latency_p99_ms: p99,
	};
}

function roundMs(ms: number | null): number | null {
	return ms === null ? null : Math.round(ms * 10) / 10;
}
