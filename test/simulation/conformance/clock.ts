import type pg from "pg";

/** A clock that stands still until it is set, in a schema of the test's own. */
const CLOCK = `
CREATE SCHEMA simulated;
CREATE TABLE simulated.clock (at timestamptz NOT NULL);
INSERT INTO simulated.clock VALUES (pg_catalog.clock_timestamp());
CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz
LANGUAGE sql VOLATILE
RETURN (SELECT c.at FROM simulated.clock c)`;

/** Everything in the schema that asks for the time: a statement each that has it ask the other clock. */
const REPLACEMENTS = `
SELECT pg_get_functiondef(p.oid) AS statement
FROM pg_proc p
WHERE p.pronamespace = 'reward_outbox'::regnamespace AND p.prokind = 'f'
  AND pg_get_functiondef(p.oid) ~ '\\mclock_timestamp\\('
UNION ALL
SELECT format('CREATE OR REPLACE VIEW %s AS %s', c.oid::regclass, pg_get_viewdef(c.oid))
FROM pg_class c
WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind = 'v'
  AND pg_get_viewdef(c.oid) ~ '\\mclock_timestamp\\('
UNION ALL
SELECT format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', d.adrelid::regclass, a.attname,
              pg_get_expr(d.adbin, d.adrelid))
FROM pg_attrdef d
JOIN pg_class c ON c.oid = d.adrelid
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE c.relnamespace = 'reward_outbox'::regnamespace
  AND pg_get_expr(d.adbin, d.adrelid) ~ '\\mclock_timestamp\\('`;

/**
 * Has the functions, views and defaults of a database of the test's own ask a clock that can be set. Nothing else of
 * them changes. PostgreSQL's own clock cannot be replaced, and rows with their times shifted would never agree to the
 * millisecond.
 */
export async function installClock(pool: pg.Pool): Promise<void> {
	await pool.query(CLOCK);
	const { rows } = await pool.query<{ statement: string }>(REPLACEMENTS);
	for (const { statement } of rows)
		await pool.query(statement.replaceAll(/(?<![.\w])clock_timestamp\(\)/g, "simulated.clock_timestamp()"));
	const { rowCount } = await pool.query(
		REPLACEMENTS.replaceAll("\\mclock_timestamp", "(?<!simulated[.])\\mclock_timestamp"),
	);
	if (rows.length < 50 || rowCount !== 0)
		throw new Error(`the clock is asked in ${rows.length} places, ${rowCount} were left`);
}

export async function setClock(pool: pg.Pool, ms: number): Promise<void> {
	await pool.query("UPDATE simulated.clock SET at = to_timestamp($1::float8 / 1000)", [ms]);
}
