import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { type Database, openDatabase } from "./database.ts";
import { readMigrations } from "./migrations.ts";
import { checkSchema, SchemaOlderError } from "./schema.ts";

export interface MigrationStep {
	/** File name without `.sql`, e.g. `0002_outbox`. */
	readonly name: string;
	/** Null: not applied yet. */
	readonly appliedAt: Date | null;
}

/** Told the name of a migration before it is run. */
export type OnStep = (name: string) => void;

function sqlFiles(onStep: OnStep): MigrationProvider {
	return {
		async getMigrations() {
			const entries = (await readMigrations()).map(({ name, sql }): [string, Migration] => [
				name,
				{
					up: async (db) => {
						onStep(name);
						await db.executeQuery(CompiledQuery.raw(sql));
					},
				},
			]);
			return Object.fromEntries(entries);
		},
	};
}

/**
 * Brings the schema up to date; safe when run twice or by several processes at once: Kysely's migrator holds an advisory lock.
 * Returns the names applied by this call, possibly none.
 * @throws SchemaNewerError when the database was migrated by a later version.
 */
export async function migrateToLatest(databaseUrl: string, onStep: OnStep = () => {}): Promise<string[]> {
	const use = async (migrator: Migrator, database: Database) => {
		await refuseNewerSchema(database);
		const { error, results } = await migrator.migrateToLatest();
		if (error !== undefined) throw error;
		return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
	};
	return withMigrator(databaseUrl, use, onStep);
}

/** Every migration this version knows and when it was applied. @throws SchemaNewerError */
export async function migrationStatus(databaseUrl: string): Promise<MigrationStep[]> {
	return withMigrator(databaseUrl, async (migrator, database) => {
		await refuseNewerSchema(database);
		return (await migrator.getMigrations()).map((step) => ({ name: step.name, appliedAt: step.executedAt ?? null }));
	});
}

/** The SQL that {@link migrateToLatest} would run now, a comment before each file. Empty: up to date. @throws SchemaNewerError */
export async function pendingSql(databaseUrl: string): Promise<string> {
	const steps = await migrationStatus(databaseUrl);
	const pending = new Set(steps.filter((step) => step.appliedAt === null).map((step) => step.name));
	const files = (await readMigrations()).filter((file) => pending.has(file.name));
	return files.map((file) => `-- ${file.name}.sql\n${file.sql}`).join("\n");
}

async function refuseNewerSchema(database: Database): Promise<void> {
	await checkSchema(database).catch((error) => {
		if (!(error instanceof SchemaOlderError)) throw error;
	});
}

async function withMigrator<T>(
	databaseUrl: string,
	use: (migrator: Migrator, database: Database) => Promise<T>,
	onStep: OnStep = () => {},
): Promise<T> {
	// A migration may rewrite a large table: it takes the time it takes.
	const database = openDatabase({
		url: databaseUrl,
		applicationName: "reward-outbox migrate",
		maxConnections: 2,
		statementTimeoutMs: 0,
	});
	const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: database }) });
	try {
		const names = {
			migrationTableSchema: "reward_outbox",
			migrationTableName: "migrations",
			migrationLockTableName: "migrations_lock",
		};
		return await use(new Migrator({ db, provider: sqlFiles(onStep), ...names }), database);
	} finally {
		await db.destroy();
	}
}
