import pg from "pg";
import { type Address, textOf } from "../connection/address.ts";
import { ConnectionTarget } from "../connection/target.ts";
import { sqlState } from "./database-error.ts";
import { HomeSession } from "./home-session.ts";
import { beginOnAnySession, prepareSession, type SessionKind, type SessionLimits } from "./session.ts";
import { valueTypes } from "./time.ts";

/**
 * How this package talks to PostgreSQL. Sessions hold no state that is missed (see session.ts, prepared.ts), so a
 * pooler in between is fine.
 */
export interface DatabaseOptions {
	readonly url: Address;
	/** Shown in pg_stat_activity. */
	readonly applicationName: string;
	/** Most connections at once. */
	readonly maxConnections: number;
	/**
	 * Longest a statement may take, in milliseconds; also bounds how long a silent server is waited for. 0: no bound.
	 * Default 30 000.
	 */
	readonly statementTimeoutMs?: number;
	/** Longest a transaction may be left alone, in milliseconds. Default: no bound. */
	readonly idleInTransactionTimeoutMs?: number;
	/** Prepares a new connection before it is used. When it rejects, whoever wanted the connection gets the error. */
	readonly onConnect?: (client: pg.ClientBase, kind: SessionKind) => Promise<void>;
	/** A connection is replaced after this time. Default: it is kept. Seconds. */
	readonly maxLifetimeSeconds?: number;
	/** Idle connections are closed after this time. Default 60 000 ms. */
	readonly idleTimeoutMs?: number;
	/** One connection is kept beside the pool, and used first: see home-session.ts. Default false. */
	readonly keepsHome?: boolean;
	/** Told when an idle connection breaks. The pool has already replaced it. */
	readonly onIdleError?: (error: Error) => void;
}

/**
 * A pool whose statements rely on no setting of the server, the database, the role, or of whoever shares the session.
 */
export type Database = pg.Pool;

/** What is known of the sessions of a database. */
interface Sessions {
	readonly limits: SessionLimits;
	kind: SessionKind;
	/** They are known to forget prepared statements. See prepared.ts. */
	forgetful: boolean;
	/**
	 * A function that has its own settings needs a transaction of another kind than those that begin by themselves here.
	 */
	begun: boolean;
}

const SESSIONS = new WeakMap<Database, Sessions>();
const UNBOUNDED: SessionLimits = { statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
/** Left alone for this long, a transaction of ours is of no use any more. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/**
 * The client gives up a little after the server should have: a frozen server or a dead network answers nothing at all.
 */
const ANSWER_MARGIN_MS = 2_000;

export function openDatabase(options: DatabaseOptions): Database {
	const timeoutMs = options.statementTimeoutMs ?? 30_000;
	const pooled = isPooler(textOf(options.url));
	const target = new ConnectionTarget(options.url);
	const sessions: Sessions = {
		limits: {
			statementTimeoutMs: timeoutMs,
			idleInTransactionTimeoutMs: options.idleInTransactionTimeoutMs ?? (timeoutMs === 0 ? 0 : IDLE_IN_TRANSACTION_MS),
		},
		kind: pooled ? "shared" : "own",
		forgetful: pooled,
		begun: false,
	};
	const prepare = async (client: pg.ClientBase) => {
		await target.confirm(client);
		sessions.kind = await prepareSession(client, sessions.limits, sessions.kind === "shared");
		await options.onConnect?.(client, sessions.kind);
	};
	const pool = new pg.Pool({
		application_name: options.applicationName,
		max: options.maxConnections,
		connectionTimeoutMillis: 10_000,
		idleTimeoutMillis: options.idleTimeoutMs ?? 60_000,
		keepAlive: true,
		types: valueTypes,
		...(options.maxLifetimeSeconds === undefined ? {} : { maxLifetimeSeconds: options.maxLifetimeSeconds }),
		...(timeoutMs === 0 ? {} : { query_timeout: timeoutMs + ANSWER_MARGIN_MS }),
		onConnect: prepare,
	});
	connectThrough(pool, target);
	if (options.keepsHome) keepHome(pool, new HomeSession(() => openOne(pool, target, prepare)));
	SESSIONS.set(pool, sessions);
	pool.query = ((query: Query, values?: unknown[]) => run(pool, query, values)) as pg.Pool["query"];
	pool.on("error", (error) => {
		target.forget();
		options.onIdleError?.(error);
	});
	return pool;
}

/** A new connection goes to where the target is by then. One that fails has it looked for again. */
function connectThrough(pool: Database, target: ConnectionTarget): void {
	const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
	pool.connect = (async () => {
		Object.assign(pool.options, await target.place());
		try {
			return await connect();
		} catch (error) {
			target.forget();
			throw error;
		}
	}) as pg.Pool["connect"];
}

const HOMES = new WeakMap<Database, HomeSession>();

/** The connection that is kept beside the pool. @throws when there is none */
export function homeOf(db: Database): HomeSession {
	const home = HOMES.get(db);
	if (home === undefined) throw new Error("this database was not opened with keepsHome");
	return home;
}

/**
 * Statements go over the home first, over what else is open while it is busy, and open more only when it is busy for
 * long.
 */
function keepHome(pool: Database, home: HomeSession): void {
	HOMES.set(pool, home);
	const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;
	const end = pool.end.bind(pool) as () => Promise<void>;
	pool.connect = (async () => {
		const isSpare = pool.idleCount > 0 && home.isBusy;
		return isSpare ? connect() : ((await home.lend()) ?? connect());
	}) as pg.Pool["connect"];
	pool.end = (async () => void (await Promise.all([home.close(), end()]))) as pg.Pool["end"];
}

async function openOne(
	pool: Database,
	target: ConnectionTarget,
	prepare: (client: pg.ClientBase) => Promise<void>,
): Promise<pg.Client> {
	const client = new pg.Client({ ...pool.options, ...(await target.place()) });
	const ignore = () => {};
	client.on("error", ignore);
	try {
		await client.connect();
		await prepare(client);
		return client;
	} catch (error) {
		target.forget();
		void client.end().catch(ignore);
		throw error;
	}
}

/** Begins a transaction on a connection of a database, as it has to be whosever the session is. */
export function beginOn(db: Database): string {
	return beginOnAnySession(SESSIONS.get(db)?.limits ?? UNBOUNDED);
}

/** Whether its sessions keep their settings. Known once it is connected. */
export function ownsSessions(db: Database): boolean {
	return SESSIONS.get(db)?.kind === "own";
}

/** Whether prepared statements are worth trying. */
export function remembersStatements(db: Database): boolean {
	return SESSIONS.get(db)?.forgetful !== true;
}

export function forgetsStatements(db: Database): void {
	const sessions = SESSIONS.get(db);
	if (sessions !== undefined) sessions.forgetful = true;
}

type Query = string | pg.QueryConfig;

/**
 * A function of the schema refuses a transaction in which it would be wrong, and PostgreSQL one that may not write.
 * Nothing was done.
 */
const OTHER_TRANSACTION = new Set(["25008", "25006"]);

/**
 * Calls a function of the schema that brings its own settings, so that even a shared session needs one round trip only.
 * Where transactions begin with a level at which the function would be wrong, it says so, and gets one that is begun
 * for it from then on.
 */
export async function callFunction<Row extends unknown[]>(
	db: Database,
	query: pg.QueryArrayConfig,
): Promise<pg.QueryArrayResult<Row>> {
	const sessions = SESSIONS.get(db);
	if (sessions === undefined) return db.query<Row>(query);
	if (sessions.begun) return run(db, query) as unknown as Promise<pg.QueryArrayResult<Row>>;
	try {
		return (await onClient(db, (client) => client.query(query))) as unknown as pg.QueryArrayResult<Row>;
	} catch (error) {
		if (!OTHER_TRANSACTION.has(sqlState(error) ?? "")) throw error;
		sessions.begun = true;
		return run(db, query) as unknown as Promise<pg.QueryArrayResult<Row>>;
	}
}

/** One statement, in a transaction of its own that is begun as it has to be where the session is not ours. */
function run(db: Database, query: Query, values?: unknown[]): Promise<pg.QueryResult> {
	return onClient(db, async (client, sessions) => {
		if (sessions.kind === "own" && !sessions.begun) return client.query(query as string, values);
		await client.query(beginOnAnySession(sessions.limits));
		const result = await client.query(query as string, values);
		await client.query("COMMIT");
		return result;
	});
}

/** An error ends the connection, and with it the transaction. */
async function onClient<T>(db: Database, use: (client: pg.PoolClient, sessions: Sessions) => Promise<T>): Promise<T> {
	const client = await db.connect();
	// Whoever waits for the statement hears of it as well.
	const heard = () => {};
	client.on("error", heard);
	let failure: unknown;
	try {
		return await use(client, SESSIONS.get(db) as Sessions);
	} catch (error) {
		failure = error;
		throw error;
	} finally {
		client.off("error", heard);
		client.release(failure instanceof Error ? failure : failure !== undefined);
	}
}

/** Says so by its URL. Another pooler is found out: see session.ts. */
function isPooler(url: string): boolean {
	return /[?&]pgbouncer=true\b/.test(url);
}
