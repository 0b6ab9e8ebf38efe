import { migrationStatus, pendingSql } from "./migrate.ts";

/** The tables that Kysely's migrator makes before the first migration, as it makes them. */
const BOOKS = `CREATE SCHEMA IF NOT EXISTS reward_outbox;
CREATE TABLE IF NOT EXISTS reward_outbox.migrations (name varchar(255) NOT NULL PRIMARY KEY, timestamp varchar(255) NOT NULL);
CREATE TABLE IF NOT EXISTS reward_outbox.migrations_lock (id varchar(255) NOT NULL PRIMARY KEY, is_locked integer NOT NULL DEFAULT 0);
INSERT INTO reward_outbox.migrations_lock (id) VALUES ('migration_lock') ON CONFLICT DO NOTHING;
`;

/**
 * Everything that migrating would do now, as one transaction that a DBA can read and run without Node: the pending files, and
 * that they are applied. Empty: up to date.
 *
 * @throws SchemaNewerError
 */
export async function migrationScript(databaseUrl: string): Promise<string> {
	const sql = await pendingSql(databaseUrl);
	if (sql === "") return "";
	const pending = (await migrationStatus(databaseUrl)).filter((step) => step.appliedAt === null);
	return ["BEGIN;", BOOKS, sql, ...pending.map(({ name }) => recorded(name)), "COMMIT;", ""].join("\n");
}

/** The names are those of our own files: letters, digits and underscores. */
function recorded(name: string): string {
	return `INSERT INTO reward_outbox.migrations (name, timestamp) VALUES ('${name}', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));`;
}
