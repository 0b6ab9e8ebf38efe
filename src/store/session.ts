import type pg from "pg";
import { isCancelled } from "./database-error.ts";

/** How long the server lets a session of ours go on. Milliseconds; 0: no bound. */
export interface SessionLimits {
	readonly statementTimeoutMs: number;
	readonly idleInTransactionTimeoutMs: number;
}

type Setting = readonly [name: string, value: string];

/** What every statement of ours relies on, whatever the server, the database or the role says. */
const SETTINGS: readonly Setting[] = [
	// A claim takes its turn and then looks: under another level it would look at the past. Nor may a reader of ours make
	// a serializable transaction of the application fail.
	["default_transaction_isolation", "read committed"],
	["default_transaction_read_only", "off"],
	["default_transaction_deferrable", "off"],
	// How values are written and read.
	["DateStyle", "ISO, MDY"],
	["IntervalStyle", "postgres"],
	["TimeZone", "UTC"],
	["bytea_output", "hex"],
	["extra_float_digits", "1"],
	["xmloption", "content"],
	// How texts of statements are read.
	["standard_conforming_strings", "on"],
	["backslash_quote", "safe_encoding"],
	["array_nulls", "on"],
	["transform_null_equals", "off"],
	["quote_all_identifiers", "off"],
	["plpgsql.extra_errors", "none"],
	["plpgsql.extra_warnings", "none"],
	["check_function_bodies", "on"],
	["client_min_messages", "notice"],
	// What may be read.
	["row_security", "on"],
	["restrict_nonsystem_relation_kind", ""],
	// How statements are planned. Compiling a plan never pays for statements as short as ours.
	["jit", "off"],
	["plan_cache_mode", "auto"],
	["enable_indexscan", "on"],
	["enable_indexonlyscan", "on"],
	["enable_bitmapscan", "on"],
	["enable_seqscan", "on"],
	["enable_tidscan", "on"],
	["enable_nestloop", "on"],
	["enable_hashjoin", "on"],
	["enable_mergejoin", "on"],
	["enable_hashagg", "on"],
	["enable_sort", "on"],
	["enable_material", "on"],
	["enable_memoize", "on"],
	["from_collapse_limit", "8"],
	["join_collapse_limit", "8"],
	["cursor_tuple_fraction", "0.1"],
	["force_parallel_mode", "off"],
	["debug_parallel_query", "off"],
];

/** A lock that somebody else holds is waited for as long as the statement may take. */
const NO_TIMEOUT: readonly Setting[] = [
	["lock_timeout", "0"],
	["idle_session_timeout", "0"],
	["transaction_timeout", "0"],
];

/**
 * A server that hears nothing from us ends the session, and what it holds, within 15 seconds instead of after two
 * hours.
 */
export const KEEPALIVES: readonly Setting[] = [
	["tcp_keepalives_idle", "5"],
	["tcp_keepalives_interval", "3"],
	["tcp_keepalives_count", "3"],
	["tcp_user_timeout", "14000"],
];

/**
 * Whose a session is. `own`: ours alone, and it keeps its settings. `shared`: a pooler in between gives it to others as
 * well, so nothing of it may be changed for longer than a transaction.
 */
export type SessionKind = "own" | "shared";

const MOST_TRIES = 5;
/** A server that has accepted a connection answers soon, or never. */
const PREPARED_WITHIN_MS = 10_000;

/** A query that the client waits for no longer than it says. The driver's types do not know of it. */
interface TimedQuery extends pg.QueryConfig {
	readonly query_timeout: number;
}

/** The server's process id of a session, as the server or a pooler tells it; null: it has not, or there is none. */
export function processIdOf(client: pg.ClientBase | undefined): number | null {
	return (client as { processID?: number | null } | undefined)?.processID ?? null;
}

/**
 * Gives a new session its settings, if it is our own. Nothing is sent as a start-up parameter, since poolers refuse
 * those.
 *
 * @param shared Known to be behind a pooler.
 */
export async function prepareSession(
	client: pg.ClientBase,
	limits: SessionLimits,
	shared = false,
): Promise<SessionKind> {
	// A pooler makes up the process id that it tells a client.
	const processId = processIdOf(client);
	if (shared || processId === null) return "shared";
	for (let tries = 1; ; tries++) {
		try {
			const preparation: TimedQuery = { text: ownSettings(limits, processId), query_timeout: PREPARED_WITHIN_MS };
			const { rows } = await client.query(preparation);
			return rows.length > 0 ? "own" : "shared";
		} catch (error) {
			// By a timeout that the database or the role sets, and that is not ours yet.
			if (!isCancelled(error) || tries === MOST_TRIES) throw error;
		}
	}
}

/** Begins a transaction that owes nothing to its session: for one that is shared. */
export function beginOnAnySession(limits: SessionLimits): string {
	return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE; ${setForTransaction(limits)}`;
}

/** Within a transaction that has begun, the same settings until it ends. */
export function setForTransaction(limits: SessionLimits | null): string {
	return applied([...SETTINGS, ...(limits === null ? [] : timeouts(limits))], true, "true");
}

/** One row: the session has its settings now. None: it is not ours. */
function ownSettings(limits: SessionLimits, processId: number): string {
	const own = `pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ${processId}`;
	return applied([...SETTINGS, ...timeouts(limits), ...KEEPALIVES], false, own);
}

/** Once a function has run in the session, only a superuser may change it: the refusal would end the transaction. */
const SUPERUSER_ONLY = "plpgsql.variable_conflict";

/** In front of whatever the search path is: names of tables that people type are still found where they expect them. */
const SEARCH_PATH = `pg_catalog.concat_ws(', ', 'pg_catalog',
  CASE WHEN pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.<>) '' THEN pg_catalog.current_setting('search_path') END)`;

/**
 * Settings that this version of PostgreSQL does not have are left out. Every function and operator is PostgreSQL's own,
 * whatever the search path says: it is one of the settings.
 */
function applied(settings: readonly Setting[], local: boolean, condition: string): string {
	const rows = [...settings.map(([name, value]) => `('${name}', '${value}')`), `('search_path', ${SEARCH_PATH})`];
	return `
SELECT pg_catalog.count(*) AS settings
FROM (
  SELECT pg_catalog.set_config(s.name, s.value, ${local})
  FROM (VALUES ${rows.join(", ")}) AS s (name, value)
  WHERE ${condition} AND pg_catalog.current_setting(s.name, true) IS NOT NULL
    AND (s.name OPERATOR(pg_catalog.<>) '${SUPERUSER_ONLY}'
         OR pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'on')
) g
HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0`;
}

function timeouts(limits: SessionLimits): Setting[] {
	return [
		["statement_timeout", String(limits.statementTimeoutMs)],
		["idle_in_transaction_session_timeout", String(limits.idleInTransactionTimeoutMs)],
		...NO_TIMEOUT,
	];
}
