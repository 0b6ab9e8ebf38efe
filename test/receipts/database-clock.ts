import pg from "pg";

// A database whose clock is ours: every clock_timestamp() that is written down after this, in functions, defaults and
// statements, is the one made here. The server's own stays what it is, under another name. Only for a server that is
// thrown away.

const REPLACE = `
SET allow_system_table_mods = on;
CREATE SCHEMA simulation;
CREATE TABLE simulation.clock (real_from timestamptz, shown_from timestamptz, speed double precision);
GRANT USAGE ON SCHEMA simulation TO PUBLIC;
GRANT SELECT ON simulation.clock TO PUBLIC;
INSERT INTO simulation.clock SELECT clock_timestamp(), clock_timestamp(), 1;
ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO server_clock_timestamp;
CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c simulation.clock;
BEGIN
  SELECT * INTO c FROM simulation.clock k;
  RETURN c.shown_from + (pg_catalog.server_clock_timestamp() - c.real_from) * c.speed;
END
$$;
RESET allow_system_table_mods`;

const SET_CLOCK = `
UPDATE simulation.clock
SET real_from = server_clock_timestamp(), shown_from = coalesce($1::timestamptz, clock_timestamp()), speed = $2`;

/** To be called before the schema is installed. */
export async function takeOverClock(databaseUrl: string): Promise<void> {
	await once(databaseUrl, REPLACE);
}

/**
 * @param speed how much faster than ours it goes; 0: it stands still
 * @param at where it goes on; left out: from where it is
 */
export async function setClock(databaseUrl: string, speed: number, at?: Date): Promise<void> {
	await once(databaseUrl, SET_CLOCK, [at ?? null, speed]);
}

async function once(databaseUrl: string, text: string, values?: unknown[]): Promise<void> {
	const client = new pg.Client({ connectionString: databaseUrl });
	await client.connect();
	try {
		await client.query(text, values);
	} finally {
		await client.end();
	}
}
