import type { Database } from "./database.ts";
import { readMigrations } from "./migrations.ts";

/** An index that is not there, or that PostgreSQL does not use. */
export interface IndexFault {
	readonly name: string;
	readonly fault: "missing" | "invalid";
	/** SQL that mends it without holding up the writers. */
	readonly mend: string;
}

const INDEXES = `
SELECT c.relname AS name, i.indisvalid AND i.indisready AS usable FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'reward_outbox'::regnamespace`;

const CREATED_INDEX = /^CREATE (?:UNIQUE )?INDEX (?<name>\w+)\s+ON reward_outbox\./;

/** Compares with what the migrations make; those that belong to constraints cannot get lost by themselves. */
export async function readIndexFaults(db: Database): Promise<IndexFault[]> {
	const { rows } = await db.query<{ name: string; usable: boolean }>(INDEXES);
	const usable = new Map(rows.map((row) => [row.name, row.usable]));
	const files = (await readMigrations()).map(({ sql }) => sql.replace(/--.*$/gm, "")).join("\n");
	const missing = files.split(";").flatMap((text): IndexFault[] => {
		const statement = text.trim();
		const name = CREATED_INDEX.exec(statement)?.groups?.["name"];
		if (name === undefined || usable.has(name) || files.includes(`DROP INDEX reward_outbox.${name}`)) return [];
		return [
			{ name, fault: "missing", mend: `${statement.replace("INDEX", "INDEX CONCURRENTLY").replace(/\s+/g, " ")};` },
		];
	});
	const invalid = rows
		.filter((row) => !row.usable)
		.map(
			({ name }): IndexFault => ({ name, fault: "invalid", mend: `REINDEX INDEX CONCURRENTLY reward_outbox.${name};` }),
		);
	return [...missing, ...invalid];
}

/** A table of ours with much that VACUUM has not removed, or that it may not. */
export interface VacuumFault {
	readonly table: string;
	/** Autovacuum is switched off, for the table or altogether. */
	readonly isOff: boolean;
	/** By the statistics. */
	readonly deadRows: number;
	readonly liveRows: number;
	/** Null: never, or before the statistics were reset. */
	readonly lastAutovacuum: Date | null;
}

/** This many dead rows, and more than the living ones, are not the work of a minute. */
const MANY_DEAD_ROWS = 20_000;

const VACUUM = `
SELECT s.relname AS table, s.n_dead_tup::float8 AS "deadRows", s.n_live_tup::float8 AS "liveRows", s.last_autovacuum AS "lastAutovacuum",
       coalesce((SELECT o.option_value::boolean IS FALSE FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'autovacuum_enabled'), false)
         OR NOT current_setting('autovacuum')::boolean OR NOT current_setting('track_counts')::boolean AS "isOff"
FROM pg_catalog.pg_stat_user_tables s JOIN pg_catalog.pg_class c ON c.oid = s.relid
WHERE s.schemaname = 'reward_outbox' ORDER BY s.relname`;

export async function readVacuumFaults(db: Database): Promise<VacuumFault[]> {
	const { rows } = await db.query<VacuumFault>(VACUUM);
	return rows.filter(({ isOff, deadRows, liveRows }) => isOff || (deadRows > MANY_DEAD_ROWS && deadRows > liveRows));
}

/** What keeps writers from notifying the relays. */
export interface NotifyFaults {
	/** Triggers of the outbox that are switched off. */
	readonly disabledTriggers: readonly string[];
	/** reward_outbox.notify is off for this database or user. */
	readonly isNotifyOff: boolean;
	/** How full the server's queue of notifications is; 0 to 1. */
	readonly queueUsage: number;
}

const NOTIFYING = `
SELECT ARRAY(SELECT t.tgname::text FROM pg_catalog.pg_trigger t
             WHERE t.tgrelid = 'reward_outbox.outbox'::regclass AND NOT t.tgisinternal AND t.tgenabled = 'D') AS "disabledTriggers",
       coalesce(current_setting('reward_outbox.notify', true) = 'off', false) AS "isNotifyOff",
       pg_notification_queue_usage() AS "queueUsage"`;

export async function readNotifyFaults(db: Database): Promise<NotifyFaults> {
	return (await db.query<NotifyFaults>(NOTIFYING)).rows[0] as NotifyFaults;
}
