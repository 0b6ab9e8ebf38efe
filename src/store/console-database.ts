import type pg from "pg";
import type { Address } from "../connection/address.ts";
import { OutboxError } from "../errors.ts";
import { type Database, openDatabase } from "./database.ts";
import { isForbidden, sqlState } from "./database-error.ts";
import { checkSchema, SchemaNewerError } from "./schema.ts";

/** What the console's login may do. */
export interface ConsoleRights {
	readonly user: string;
	readonly may: "nothing" | "read" | "act";
}

export interface ConsoleDatabaseOptions {
	readonly url: Address;
	/** Told what the login may do, with each connection. */
	readonly onRights: (rights: ConsoleRights) => void;
	/** Default 4. */
	readonly maxConnections?: number;
}

/** The console's login may not read the outbox, or not decide about events. */
export class ConsoleRightsError extends OutboxError {
	static override readonly name: string = "ConsoleRightsError";

	constructor({ user, may }: ConsoleRights) {
		const what = may === "nothing" ? "may not read the outbox" : "may read the outbox, but not decide anything in it";
		super("database_role", `the console's database user ${user} ${what}`, { hint: grantHint(user) });
	}
}

/** What a DBA has to type. */
export function grantHint(user: string): string {
	const quoted = /^[a-z_][a-z0-9_]*$/.test(user) ? user : `"${user.replaceAll('"', '""')}"`;
	return `as the owner of the schema: GRANT reward_outbox_operator TO ${quoted}`;
}

/** Whether the database answers, and lets the console in. */
export async function ping(database: Database): Promise<void> {
	await database.query("SELECT");
}

const MAX_CONNECTIONS = 4;
const STATEMENT_TIMEOUT_MS = 10_000;
const MAX_LIFETIME_S = 300;

/**
 * The console's own few connections, bounded so that no search slows delivery. Each acts as the role
 * reward_outbox_operator where its login is a member: then a superuser's URL makes no superuser of the console. Through
 * a transaction pooler the session belongs to everybody, so there it acts as its login.
 */
export function openConsoleDatabase(options: ConsoleDatabaseOptions): Database {
	const { url, onRights, maxConnections = MAX_CONNECTIONS } = options;
	return openDatabase({
		url,
		applicationName: "reward-outbox console",
		maxConnections,
		statementTimeoutMs: STATEMENT_TIMEOUT_MS,
		idleInTransactionTimeoutMs: STATEMENT_TIMEOUT_MS,
		// So that rights that were granted or taken meanwhile count before long.
		maxLifetimeSeconds: MAX_LIFETIME_S,
		onConnect: async (client, kind) => {
			if (kind === "own") await becomeOperator(client);
			await checkSchema(client).catch(ignoreNewer);
			const rights = await rightsOf(client);
			onRights(rights);
			if (rights.may === "nothing") throw new ConsoleRightsError(rights);
		},
		onIdleError: () => {},
	});
}

const NO_SUCH_ROLE = "22023";

async function becomeOperator(client: pg.ClientBase): Promise<void> {
	try {
		await client.query("SET ROLE reward_outbox_operator");
	} catch (error) {
		if (!isForbidden(error) && sqlState(error) !== NO_SUCH_ROLE) throw error;
	}
}

/** A console that is older than the schema goes on: migrations are made so that the version before can. */
function ignoreNewer(error: unknown): void {
	if (!(error instanceof SchemaNewerError) && !isForbidden(error)) throw error;
}

const RIGHTS = `
SELECT session_user::text AS user,
       coalesce((SELECT has_schema_privilege(n.oid, 'USAGE') AND bool_and(has_table_privilege(c.oid, 'SELECT'))
                 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname IN ('events', 'attempts', 'operations', 'bulk_runs', 'watches')), false) AS reads,
       coalesce((SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE'))
                 FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname IN ('retry_events', 'cancel_events', 'resolve_event', 'begin_bulk_run')), false) AS acts
FROM (SELECT) one LEFT JOIN pg_namespace n ON n.nspname = 'reward_outbox'`;

async function rightsOf(client: pg.ClientBase): Promise<ConsoleRights> {
	const { rows } = await client.query<{ user: string; reads: boolean; acts: boolean }>(RIGHTS);
	const { user, reads, acts } = rows[0] as (typeof rows)[0];
	return { user, may: !reads ? "nothing" : acts ? "act" : "read" };
}
