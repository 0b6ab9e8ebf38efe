import pRetry from "p-retry";
import type pg from "pg";
import type { Address } from "../connection/address.ts";
import { OutboxError } from "../errors.ts";
import { packageVersion } from "../version.ts";
import { beginOn, type Database, openDatabase } from "./database.ts";
import { isLockTimeout } from "./database-error.ts";
import { FUNCTIONS_NAME, RECORD, readFunctions, readMigrations, type SqlFile } from "./migrations.ts";
import { readSchemaState, SchemaNewerError } from "./schema.ts";

export interface MigrationStep {
	/** File name without `.sql`, e.g. `0002_outbox`; `functions`: all functions, views and privileges. */
	readonly name: string;
	/** When its present text was run. Null: not yet. */
	readonly appliedAt: Date | null;
}

/** How a schema is made that is not there yet. One that is there stays as it was made. */
export interface MigrateOptions {
	/** Without the `reward_outbox_…` roles: whoever migrates owns and does everything. Default false. */
	readonly singleRole?: boolean;
	/** Told the name of a file before it is run. */
	readonly onStep?: (name: string) => void;
}

const SINGLE_ROLE = "SET LOCAL reward_outbox.single_role = 'on';";

/**
 * One migration at a time. Then no lock is waited for longer than writers can bear, who queue behind whoever waits: it
 * is tried again instead.
 */
const TAKE_TURN = `SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(hashtextextended('reward_outbox migrate', 0));
SET LOCAL lock_timeout = '300ms';`;
/** About two minutes of trying. */
const TRIES = { retries: 80, minTimeout: 300, maxTimeout: 2_000, randomize: true };

/**
 * Brings the schema up to date in one transaction; safe when run twice or by several processes at once.
 * Returns the names of the files that were run, possibly none.
 * @throws SchemaNewerError, SchemaDifferentError, or what PostgreSQL says
 */
export async function migrateToLatest(databaseUrl: Address, options: MigrateOptions = {}): Promise<string[]> {
	return withDatabase(databaseUrl, async (db) => {
		try {
			return await pRetry(() => inTransaction(db, (client) => runPending(client, options)), {
				...TRIES,
				shouldRetry: ({ error }) => isLockTimeout(error),
			});
		} catch (error) {
			if (isLockTimeout(error)) throw new SchemaBusyError(await lockHolders(db), { cause: error });
			const name = await eventTriggerBehind(db, error);
			throw name === null ? error : new EventTriggerError(name, error as Error);
		}
	});
}

async function runPending(client: pg.ClientBase, { singleRole = false, onStep }: MigrateOptions): Promise<string[]> {
	await client.query(TAKE_TURN);
	if (singleRole) await client.query(SINGLE_ROLE);
	const files = await pendingFiles(client);
	if (files.length > 0) await client.query(RECORD);
	for (const file of files) {
		onStep?.(file.name);
		await client.query(file.sql);
		await client.query(recorded(file));
	}
	return files.map(({ name }) => name);
}

/** An event trigger of the database's refuses what migrating does. */
class EventTriggerError extends OutboxError {
	static override readonly name: string = "EventTriggerError";

	constructor(name: string, cause: Error) {
		super(
			"event_trigger",
			`the event trigger ${name} of this database refuses it: ${cause.message}; nothing was changed`,
			{
				hint: `where that is right: ALTER EVENT TRIGGER ${name} DISABLE, migrate, and ALTER EVENT TRIGGER ${name} ENABLE; or let it spare the schema reward_outbox`,
				cause,
			},
		);
	}
}

const EVENT_TRIGGERS = `
SELECT quote_ident(t.evtname) AS name, p.proname AS function
FROM pg_catalog.pg_event_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid
WHERE t.evtenabled <> 'D'`;

/** The event trigger in whose function an error was raised; null: none is known to be. */
async function eventTriggerBehind(db: Database, error: unknown): Promise<string | null> {
	const { where } = error as { where?: unknown };
	if (typeof where !== "string") return null;
	const { rows } = await db.query<{ name: string; function: string }>(EVENT_TRIGGERS).catch(() => ({ rows: [] }));
	return rows.find((row) => where.includes(` ${row.function}(`) || where.includes(`.${row.function}(`))?.name ?? null;
}

/** Somebody keeps a lock on our tables that migrating needs. */
class SchemaBusyError extends OutboxError {
	static override readonly name: string = "SchemaBusyError";

	constructor(holders: readonly string[], options: { readonly cause: unknown }) {
		const who = holders.length === 0 ? "" : ` (${holders.join("; ")})`;
		super("schema_busy", `other sessions keep locks on the tables of reward_outbox${who}; nothing was changed`, {
			hint: "run it again when their transactions have ended, or end them: SELECT pg_terminate_backend(pid)",
			...options,
		});
	}
}

const LOCK_HOLDERS = `
SELECT format('pid %s, user %s%s, %s on %s', l.pid, a.usename, ', ' || nullif(a.application_name, ''), l.mode, c.relname) AS holder
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relnamespace = to_regnamespace('reward_outbox')
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.granted
  AND l.pid <> pg_backend_pid()
  AND l.mode <> 'AccessShareLock'
ORDER BY a.xact_start
LIMIT 5`;

async function lockHolders(db: Database): Promise<string[]> {
	return (await db.query<{ holder: string }>(LOCK_HOLDERS)).rows.map(({ holder }) => holder);
}

/** Every file this version knows and when it was run. @throws SchemaNewerError, SchemaDifferentError */
export async function migrationStatus(databaseUrl: Address): Promise<MigrationStep[]> {
	return withDatabase(databaseUrl, async (db) => {
		const { applied, pending } = await readSchemaState(db);
		const names = [...(await readMigrations()).map(({ name }) => name), FUNCTIONS_NAME];
		return names.map((name) => ({
			name,
			appliedAt: pending.includes(name) ? null : (applied.get(name)?.appliedAt ?? null),
		}));
	});
}

/**
 * All that {@link migrateToLatest} would run now, as one transaction that a DBA can read and run without Node. Empty:
 * up to date.
 * @throws SchemaNewerError, SchemaDifferentError
 */
export async function migrationScript(
	databaseUrl: Address,
	{ singleRole = false }: MigrateOptions = {},
): Promise<string> {
	const files = await withDatabase(databaseUrl, pendingFiles);
	if (files.length === 0) return "";
	return scriptOf(files, singleRole);
}

/** The same for a database that has nothing of it. */
export async function fullMigrationScript(): Promise<string> {
	return scriptOf([...(await readMigrations()), await readFunctions()], false);
}

function scriptOf(files: readonly SqlFile[], singleRole: boolean): string {
	const steps = files.map((file) => `-- ${file.name}\n${file.sql}\n${recorded(file)}`);
	return [BEGIN_SCRIPT + (singleRole ? `${SINGLE_ROLE}\n` : ""), RECORD, ...steps, "COMMIT;", ""].join("\n");
}

/** What the texts rely on, whatever the session of whoever runs them says. */
export const BEGIN_SCRIPT = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL plpgsql.extra_errors = 'none';
`;

async function pendingFiles(db: Pick<Database, "query">): Promise<SqlFile[]> {
	const { pending, laterFunctions } = await readSchemaState(db);
	if (laterFunctions) throw new SchemaNewerError("its functions are those of a later version");
	const files = [...(await readMigrations()), await readFunctions()];
	return files.filter(({ name }) => pending.includes(name));
}

/** Names are those of our own files, checksums are hex, and the version is the package's: nothing to quote. */
export function recorded({ name, checksum }: SqlFile): string {
	return `INSERT INTO reward_outbox.migrations (name, checksum, version)
VALUES ('${name}', '${checksum}', '${packageVersion()}')
ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, version = excluded.version, applied_at = clock_timestamp();`;
}

async function inTransaction<T>(db: Database, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
	const client = await db.connect();
	try {
		await client.query(beginOn(db));
		const result = await work(client);
		await client.query("COMMIT");
		client.release();
		return result;
	} catch (error) {
		// The connection goes, and what was begun with it.
		client.release(true);
		throw error;
	}
}

async function withDatabase<T>(databaseUrl: Address, use: (db: Database) => Promise<T>): Promise<T> {
	// A migration may rewrite a large table: it takes the time it takes.
	const db = openDatabase({
		url: databaseUrl,
		applicationName: "reward-outbox migrate",
		maxConnections: 1,
		statementTimeoutMs: 0,
	});
	try {
		return await use(db);
	} finally {
		await db.end();
	}
}
