import type pg from "pg";

/** How long committed rows waited until a relay had claimed them. Milliseconds. */
export interface Waits {
	readonly rows: number;
	/** Committed and never claimed. */
	readonly missed: number;
	readonly p50: number;
	readonly p99: number;
	readonly p999: number;
	readonly longest: number;
	/** Rows that waited for longer than a second. */
	readonly overOneSecond: number;
}

// A claim is gone when it is settled, so a trigger of the test keeps the moment of each. PostgreSQL itself knows when a
// transaction was committed (track_commit_timestamp): both are the database's clock.
const WATCH = `
CREATE TABLE claimed (lease_id uuid, claimed_at timestamptz, event_ids uuid[]);
CREATE FUNCTION keep_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.claimed VALUES (NEW.lease_id, NEW.claimed_at, NEW.event_ids); RETURN NULL; END $$;
CREATE TRIGGER keep_claim AFTER INSERT ON reward_outbox.claims FOR EACH ROW EXECUTE FUNCTION keep_claim();`;

export async function watchClaims(pool: pg.Pool): Promise<void> {
	await pool.query(WATCH);
}

const WAITS = `
WITH first_claim AS (
  SELECT e AS id, min(c.claimed_at) AS at FROM public.claimed c, unnest(c.event_ids) e GROUP BY e
), waited AS (
  SELECT date_part('epoch', f.at - pg_xact_commit_timestamp(o.xid::xid)) * 1000 AS ms FROM reward_outbox.outbox o LEFT JOIN first_claim f ON f.id = o.id
)
SELECT count(*)::integer AS rows, (count(*) FILTER (WHERE ms IS NULL))::integer AS missed,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_disc(0.99) WITHIN GROUP (ORDER BY ms) AS p99,
       percentile_disc(0.999) WITHIN GROUP (ORDER BY ms) AS p999, max(ms) AS longest, (count(*) FILTER (WHERE ms > 1000))::integer AS "overOneSecond"
FROM waited`;

export async function readWaits(pool: pg.Pool): Promise<Waits> {
	return (await pool.query<Waits>(WAITS)).rows[0] as Waits;
}
