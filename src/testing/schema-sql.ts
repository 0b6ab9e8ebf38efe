import { RECORD, readFunctions, readMigrations } from "../store/migrations.ts";

/**
 * The whole schema as SQL, for a database that lives as long as a test: an empty one of PGlite, for instance. Any other
 * is migrated with `reward-outbox migrate`, which keeps a record.
 */
export async function schemaSql(): Promise<string> {
	const files = [...(await readMigrations()), await readFunctions()];
	return [RECORD, ...files.map(({ sql }) => sql)].join("\n");
}
