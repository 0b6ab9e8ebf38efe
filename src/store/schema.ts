import { OutboxError } from "../errors.ts";
import { packageVersion } from "../version.ts";
import type { Database } from "./database.ts";
import { FUNCTIONS_NAME, readFunctions, readMigrations } from "./migrations.ts";

/** The schema in the database is newer than this code. */
export class SchemaNewerError extends OutboxError {
	static override readonly name: string = "SchemaNewerError";

	constructor(why: string) {
		super("schema_newer", `the schema in the database is newer than this version of reward-outbox (${why})`, {
			hint: "install the version of reward-outbox that made it, or a later one",
		});
	}
}

/** The schema in the database is older than this code, or not there at all. */
export class SchemaOlderError extends OutboxError {
	static override readonly name: string = "SchemaOlderError";

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
 * Tables of ours are there, but no record of what they were made from: only definitions were restored, or part of the
 * rows.
 */
class SchemaHollowError extends OutboxError {
	static override readonly name: string = "SchemaHollowError";

	constructor() {
		super(
			"schema_hollow",
			"the tables of reward_outbox are there, but nothing says what they were made from: definitions were restored without rows",
			{ hint: "reward-outbox doctor --script prints what mends it" },
		);
	}
}

/** A migration was run from another text than the one this version brings: nobody can say what is in the database. */
class SchemaDifferentError extends OutboxError {
	static override readonly name: string = "SchemaDifferentError";

	constructor(names: readonly string[]) {
		super(
			"schema_different",
			`the schema in the database was made from other texts than this version of reward-outbox brings (${names.join(", ")})`,
			{
				hint: "it was made by a development version: make the schema anew, or restore the database",
			},
		);
	}
}

/** A file that the schema in the database was made from. */
interface AppliedFile {
	readonly name: string;
	readonly checksum: string;
	/** Of reward-outbox, when it was run. */
	readonly version: string;
	readonly appliedAt: Date;
}

/** What is to be done so that the database has this version's schema. Empty: nothing. */
export interface SchemaState {
	/** By name, `functions` included. */
	readonly applied: ReadonlyMap<string, AppliedFile>;
	/** Names of files that are to be run, in order; `functions` last. */
	readonly pending: readonly string[];
	/** The functions are those of a later version, which works with the same tables. */
	readonly laterFunctions: boolean;
}

/** @throws SchemaNewerError, SchemaDifferentError, or what PostgreSQL says */
export async function readSchemaState(db: Pick<Database, "query">): Promise<SchemaState> {
	const [migrations, functions, files] = await Promise.all([readMigrations(), readFunctions(), appliedFiles(db)]);
	const applied = new Map(files.map((file) => [file.name, file]));
	const known = new Set([...migrations.map(({ name }) => name), FUNCTIONS_NAME]);
	const unknown = files.filter(({ name }) => !known.has(name)).map(({ name }) => name);
	if (unknown.length > 0) throw new SchemaNewerError(`it has ${unknown.join(", ")}`);
	const different = migrations.filter(({ name, checksum }) => (applied.get(name)?.checksum ?? checksum) !== checksum);
	if (different.length > 0) throw new SchemaDifferentError(different.map(({ name }) => name));
	const pending = migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name);
	const present = applied.get(FUNCTIONS_NAME);
	const current = present?.checksum === functions.checksum;
	const laterFunctions = !current && present !== undefined && isLater(present.version, packageVersion());
	if (!current && !laterFunctions) pending.push(FUNCTIONS_NAME);
	return { applied, pending, laterFunctions };
}

/**
 * Makes sure that the schema is one this code works with: its own, or its tables with the functions of a later version,
 * as while versions change.
 * @throws SchemaNewerError, SchemaOlderError, SchemaDifferentError, or what PostgreSQL says
 */
export async function checkSchema(db: Pick<Database, "query">): Promise<void> {
	const { applied, pending } = await readSchemaState(db);
	if (pending.length > 0) throw new SchemaOlderError(pending, applied.size > 0);
}

async function appliedFiles(db: Pick<Database, "query">): Promise<AppliedFile[]> {
	const { rows: tables } = await db.query<{ exists: boolean; isMade: boolean }>(
		`SELECT to_regclass('reward_outbox.migrations') IS NOT NULL AS exists,
		        to_regclass('reward_outbox.outbox') IS NOT NULL AS "isMade"`,
	);
	if (!tables[0]?.exists) return [];
	const { rows } = await db.query<AppliedFile>(
		`SELECT name, checksum, version, applied_at AS "appliedAt" FROM reward_outbox.migrations ORDER BY name`,
	);
	if (rows.length === 0 && tables[0].isMade) throw new SchemaHollowError();
	return rows;
}

/** Whether version `a` (`1.10.0`) comes after version `b`. */
function isLater(a: string, b: string): boolean {
	return a.localeCompare(b, "en", { numeric: true }) > 0;
}
