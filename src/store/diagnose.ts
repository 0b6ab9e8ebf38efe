import { randomBytes } from "node:crypto";
import pg from "pg";
import type { Address } from "../connection/address.ts";
import { ConnectionTarget } from "../connection/target.ts";
import type { Database } from "./database.ts";

/** Who and where, as the server sees it. */
export interface ServerFacts {
	/** E.g. `15.6`. */
	readonly version: string;
	readonly major: number;
	readonly user: string;
	readonly database: string;
	readonly isSuperuser: boolean;
	/** Has all rights of the schema's owner; false as long as there is no schema. */
	readonly ownsSchema: boolean;
	/** A standby: nothing can be written. */
	readonly isStandby: boolean;
	/** The database's clock minus this machine's, in milliseconds, give or take half the round trip. */
	readonly clockAheadMs: number;
	readonly roundTripMs: number;
}

const SERVER = `
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer / 10000 AS major,
       current_user::text AS user, current_database()::text AS database, current_setting('is_superuser') = 'on' AS "isSuperuser",
       coalesce((SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_namespace n WHERE n.nspname = 'reward_outbox'), false) AS "ownsSchema",
       pg_is_in_recovery() AS "isStandby", date_part('epoch', clock_timestamp()) * 1000 AS "clockMs"`;

/** @param wallClock This machine's time in milliseconds since 1970. */
export async function readServer(db: Database, wallClock: () => number): Promise<ServerFacts> {
	// The first statement pays for the connection, so it is not the one to measure.
	await db.query("SELECT");
	const sentAt = wallClock();
	const { rows } = await db.query<Omit<ServerFacts, "clockAheadMs" | "roundTripMs"> & { clockMs: number }>(SERVER);
	const answeredAt = wallClock();
	const { clockMs, ...facts } = rows[0] as NonNullable<(typeof rows)[0]>;
	return { ...facts, clockAheadMs: clockMs - (sentAt + answeredAt) / 2, roundTripMs: answeredAt - sentAt };
}

const MAY_ASK = `
SELECT has_schema_privilege('reward_outbox', 'USAGE') AND has_table_privilege('reward_outbox.installation', 'SELECT') AS may`;
const SINGLE_ROLE = "SELECT single_role AS single FROM reward_outbox.installation";

/** Whether the schema was made without roles. False as well for a user who has no rights to ask. */
export async function isSingleRole(db: Database): Promise<boolean> {
	if (!(await db.query<{ may: boolean }>(MAY_ASK)).rows[0]?.may) return false;
	return (await db.query<{ single: boolean }>(SINGLE_ROLE)).rows[0]?.single === true;
}

/** What the roles of this package may do, and whether the current user may do the same. */
export interface RoleFacts {
	readonly role: string;
	readonly exists: boolean;
	/** The current user has every privilege of the role. */
	readonly covered: boolean;
}

const ROLES = ["reward_outbox_relay", "reward_outbox_writer", "reward_outbox_operator"] as const;

// Asked of PostgreSQL instead of listed here: the migrations alone say what a role may do.
const ROLE = `
SELECT coalesce((SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc p
                 WHERE p.pronamespace = 'reward_outbox'::regnamespace AND has_function_privilege($1::name, p.oid, 'EXECUTE')), true)
   AND coalesce((SELECT bool_and(has_table_privilege(c.oid, 'SELECT')) FROM pg_class c
                 WHERE c.relnamespace = 'reward_outbox'::regnamespace AND c.relkind IN ('r', 'v') AND has_table_privilege($1::name, c.oid, 'SELECT')), true)
   AND has_schema_privilege('reward_outbox', 'USAGE')
   AND (NOT has_column_privilege($1::name, 'reward_outbox.outbox', 'payload', 'INSERT') OR has_column_privilege('reward_outbox.outbox', 'payload', 'INSERT')) AS covered`;

export async function readRoles(db: Database): Promise<RoleFacts[]> {
	const { rows } = await db.query<{ name: string }>("SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)", [
		ROLES,
	]);
	const existing = rows.map((row) => row.name);
	const facts: RoleFacts[] = [];
	for (const role of ROLES) {
		const exists = existing.includes(role);
		const covered = exists && (await db.query<{ covered: boolean }>(ROLE, [role])).rows[0]?.covered === true;
		facts.push({ role, exists, covered });
	}
	return facts;
}

/** Transactions that have been open for long: vacuum and the relays' bookkeeping wait for them. */
export interface LongTransactions {
	readonly oldestSeconds: number;
	readonly pid: number | null;
	readonly application: string | null;
	/** Prepared with PREPARE TRANSACTION and never finished. */
	readonly oldestPreparedSeconds: number;
	readonly preparedName: string | null;
}

const LONG_TRANSACTIONS = `
SELECT coalesce(date_part('epoch', clock_timestamp() - a.xact_start), 0) AS "oldestSeconds", a.pid, a.application_name AS application,
       coalesce(date_part('epoch', clock_timestamp() - x.prepared), 0) AS "oldestPreparedSeconds", x.gid AS "preparedName"
FROM (SELECT) one
LEFT JOIN LATERAL (SELECT * FROM pg_stat_activity s WHERE s.datname = current_database() AND s.xact_start IS NOT NULL AND s.pid <> pg_backend_pid()
                   AND s.backend_type = 'client backend' ORDER BY s.xact_start LIMIT 1) a ON true
LEFT JOIN LATERAL (SELECT * FROM pg_prepared_xacts p WHERE p.database = current_database() ORDER BY p.prepared LIMIT 1) x ON true`;

export async function readLongTransactions(db: Database): Promise<LongTransactions> {
	return (await db.query<LongTransactions>(LONG_TRANSACTIONS)).rows[0] as LongTransactions;
}

/** A relay that is running, or was when it last said something. */
export interface RelayFacts {
	readonly name: string;
	readonly version: string;
	readonly listener: string;
	/** Why it sends nothing: see `PAUSE_CODES`. */
	readonly pausedCode: string | null;
	readonly pausedReason: string | null;
	/** Heard of within the last 20 seconds: heartbeats come every ten at least. */
	readonly alive: boolean;
	readonly silentSeconds: number;
}

const RELAYS = `
SELECT name, version, listener, paused_code AS "pausedCode", paused_reason AS "pausedReason", seen_at > clock_timestamp() - interval '20 seconds' AS alive,
       date_part('epoch', clock_timestamp() - seen_at) AS "silentSeconds"
FROM reward_outbox.relays WHERE stopped_at IS NULL ORDER BY seen_at DESC LIMIT 20`;

export async function readRelays(db: Database): Promise<RelayFacts[]> {
	return (await db.query<RelayFacts>(RELAYS)).rows;
}

const PAUSED = `SELECT trigger_id AS "triggerId", paused_reason AS reason FROM reward_outbox.triggers WHERE paused_at IS NOT NULL ORDER BY paused_at LIMIT 20`;

export async function readPausedTriggers(db: Database): Promise<{ triggerId: string; reason: string | null }[]> {
	return (await db.query<{ triggerId: string; reason: string | null }>(PAUSED)).rows;
}

/** A rule that does not work as it stands. */
export interface BrokenRule {
	readonly name: string;
	readonly table: string;
	readonly problem: string;
}

const BROKEN = `SELECT b.name, b.table_name AS "table", b.problem FROM reward_outbox.broken_watches() b`;
const MAY_COUNT = "SELECT has_table_privilege('reward_outbox.watches', 'SELECT') AS may";
const COUNT = "SELECT count(*)::integer AS count FROM reward_outbox.watches";

/**
 * Every rule that is broken, and how many rules there are. Null: this user may not count them, and a relay need not.
 */
export async function readWatches(db: Database): Promise<{ count: number | null; broken: readonly BrokenRule[] }> {
	const { rows: broken } = await db.query<BrokenRule>(BROKEN);
	const { rows: may } = await db.query<{ may: boolean }>(MAY_COUNT);
	if (may[0]?.may !== true) return { count: null, broken };
	return { count: (await db.query<{ count: number }>(COUNT)).rows[0]?.count ?? 0, broken };
}

const MISSED = `
SELECT watch, count(*)::float8 AS errors FROM (SELECT e.watch FROM reward_outbox.watch_errors e WHERE e.resolved_at IS NULL LIMIT 100000) u
GROUP BY watch ORDER BY errors DESC, watch`;

/**
 * Row changes that did not become events, by rule, the worst first; no more than 100 000 are counted. Rules that are
 * gone have them too.
 */
export async function readMissedChanges(db: Database): Promise<{ watch: string; errors: number }[]> {
	return (await db.query<{ watch: string; errors: number }>(MISSED)).rows;
}

const LOST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END::float8 AS lost FROM reward_outbox.watch_misses";

/** How often a change could be neither captured nor recorded. A rollback does not take that back. */
export async function readLostChanges(db: Database): Promise<number> {
	return (await db.query<{ lost: number }>(LOST)).rows[0]?.lost ?? 0;
}

/**
 * Whether what is notified through `db` is heard by a connection to `listenUrl`, as a relay needs it. Behind a pooler
 * in transaction mode LISTEN succeeds and nothing is ever heard.
 *
 * @returns Milliseconds until it was heard; null: not within the time.
 * @throws What connecting to `listenUrl` throws.
 */
export async function hearNotification(db: Database, listenUrl: Address, timeoutMs: number): Promise<number | null> {
	const channel = `reward_outbox_doctor_${randomBytes(6).toString("hex")}`;
	const client = new pg.Client({
		connectionTimeoutMillis: 5_000,
		...(await new ConnectionTarget(listenUrl).place()),
		application_name: "reward-outbox doctor",
	});
	// A connection that breaks here is heard of by the statement that fails.
	client.on("error", () => {});
	await client.connect();
	try {
		const heard = Promise.withResolvers<number | null>();
		client.on("notification", () => heard.resolve(performance.now() - askedAt));
		await client.query(`LISTEN ${channel}`);
		const askedAt = performance.now();
		await db.query("SELECT pg_notify($1, '')", [channel]);
		const timer = setTimeout(() => heard.resolve(null), timeoutMs);
		return await heard.promise.finally(() => clearTimeout(timer));
	} finally {
		await client.end();
	}
}
