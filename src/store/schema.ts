import { OutboxError } from "../errors.ts";
import type { Database } from "./database.ts";
import { readMigrations } from "./migrations.ts";

/** The schema in the database is newer than this code. */
export class SchemaNewerError extends OutboxError {
	constructor(unknown: readonly string[]) {
		super(
			"schema_newer",
			`the schema in the database is newer than this version of reward-outbox (it has ${unknown.join(", ")})`,
			{
				hint: "install the version of reward-outbox that made it, or a later one",
			},
		);
	}
}

/** The schema in the database is older than this code, or not there at all. */
export class SchemaOlderError extends OutboxError {
	constructor(missing: readonly string[], exists: boolean) {
		super(
			"schema_older",
			exists
				? `the schema in the database is older than this version of reward-outbox (it lacks ${missing.join(", ")})`
				: "there is no reward_outbox schema in this database",
			{
				hint: "run: reward-outbox migrate",
			},
		);
	}
}

/**
 * Makes sure that the schema is the one this code was written for.
 * @throws SchemaNewerError, SchemaOlderError, or what PostgreSQL says
 */
export async function checkSchema(db: Pick<Database, "query">): Promise<void> {
	const known = (await readMigrations()).map((migration) => migration.name);
	const applied = await appliedMigrations(db);
	const unknown = applied.filter((name) => !known.includes(name));
	if (unknown.length > 0) throw new SchemaNewerError(unknown);
	const missing = known.filter((name) => !applied.includes(name));
	if (missing.length > 0) throw new SchemaOlderError(missing, applied.length > 0);
}

async function appliedMigrations(db: Pick<Database, "query">): Promise<string[]> {
	const { rows: tables } = await db.query<{ exists: boolean }>(
		"SELECT to_regclass('reward_outbox.migrations') IS NOT NULL AS exists",
	);
	if (!tables[0]?.exists) return [];
	const { rows } = await db.query<{ name: string }>("SELECT name FROM reward_outbox.migrations ORDER BY name");
	return rows.map((row) => row.name);
}
