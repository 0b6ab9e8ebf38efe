import pg from "pg";
import { OutboxError } from "../errors.ts";

/** How this package talks to PostgreSQL. Sessions hold no state that is missed (see prepared.ts), so a transaction pooler in between is fine. */
export interface DatabaseOptions {
	readonly url: string;
	/** Shown in pg_stat_activity. */
	readonly applicationName: string;
	/** Most connections at once. */
	readonly maxConnections: number;
	/** Longest a statement may take, in milliseconds; also bounds how long a silent server is waited for. 0: no bound. Default 30 000. */
	readonly statementTimeoutMs?: number;
	/** Longest a transaction may be left alone, in milliseconds. Default: no bound. */
	readonly idleInTransactionTimeoutMs?: number;
	/** Prepares a new connection before it is used. When it rejects, whoever wanted the connection gets the error. */
	readonly onConnect?: (client: pg.ClientBase) => Promise<void>;
	/** A connection is replaced after this time. Default: it is kept. Seconds. */
	readonly maxLifetimeSeconds?: number;
	/** Told when an idle connection breaks. The pool has already replaced it. */
	readonly onIdleError?: (error: Error) => void;
}

export type Database = pg.Pool;

/** Databases that are known to forget prepared statements. See prepared.ts. */
export const forgetful = new WeakSet<Database>();

export function openDatabase(options: DatabaseOptions): Database {
	const timeoutMs = options.statementTimeoutMs ?? 30_000;
	const pool = new pg.Pool({
		connectionString: options.url,
		application_name: options.applicationName,
		max: options.maxConnections,
		connectionTimeoutMillis: 10_000,
		idleTimeoutMillis: 60_000,
		keepAlive: true,
		...(options.onConnect === undefined ? {} : { onConnect: options.onConnect }),
		...(options.maxLifetimeSeconds === undefined ? {} : { maxLifetimeSeconds: options.maxLifetimeSeconds }),
		// The client gives up a little after the server should have: a frozen server or a dead network answers nothing at all.
		...(timeoutMs === 0 ? {} : { query_timeout: timeoutMs + 5_000 }),
		...(isPooler(options.url) ? {} : startUpSettings(timeoutMs, options.idleInTransactionTimeoutMs)),
	});
	if (isPooler(options.url)) forgetful.add(pool);
	pool.on("error", (error) => options.onIdleError?.(error));
	return pool;
}

/** Compiling a plan never pays for statements as short as ours, and the planner thinks it does as soon as a table is large. */
function startUpSettings(timeoutMs: number, idleMs: number | undefined): pg.ClientConfig {
	return {
		options: "-c jit=off",
		...(timeoutMs === 0 ? {} : { statement_timeout: timeoutMs }),
		...(idleMs === undefined ? {} : { idle_in_transaction_session_timeout: idleMs }),
	};
}

/** PgBouncer refuses start-up parameters it does not know, statement_timeout among them, unless told to ignore them. */
export function isPooler(url: string): boolean {
	return /[?&]pgbouncer=true\b/.test(url);
}

/** SQLSTATE classes and codes after which the same call may succeed: connection lost, resources, rollback, operator intervention. */
const TRANSIENT_CLASSES = new Set(["08", "40", "53", "57", "58"]);
const TRANSIENT_CODES = new Set(["55P03", "55006", "25006", "25P03", "25P04"]);

/**
 * Whether an error says nothing about the statement itself. An error without an SQLSTATE comes from the network or the
 * driver (reset, time-out, connection ended), and is transient as well.
 */
export function isTransient(error: unknown): boolean {
	const code = sqlState(error);
	if (code === undefined) return isConnectionError(error);
	return TRANSIENT_CLASSES.has(code.slice(0, 2)) || TRANSIENT_CODES.has(code);
}

/** Wrong password, no such database, no privilege: about who asks and not about what, and usually put right by a person soon. */
export function isAccessRefused(error: unknown): boolean {
	const code = sqlState(error);
	return code !== undefined && (code.startsWith("28") || code.startsWith("3D") || code === "42501");
}

/** The SQLSTATE of a PostgreSQL error; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : undefined;
}

function isConnectionError(error: unknown): boolean {
	if (!(error instanceof Error) || error instanceof OutboxError) return false;
	if (error instanceof AggregateError) return error.errors.some(isConnectionError);
	if (typeof (error as { code?: unknown }).code === "string") return true;
	return /connection|timeout|terminated|not queryable|client was closed/i.test(error.message);
}
