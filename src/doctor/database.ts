import { connectionAdvice } from "../connection/advice.ts";
import { OutboxError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import {
	isSingleRole,
	type RoleFacts,
	readLongTransactions,
	readRoles,
	readServer,
	type ServerFacts,
} from "../store/diagnose.ts";
import { checkSchema } from "../store/schema.ts";
import { type Check, fail, ok, reasonOf, warn } from "./check.ts";

const OLDEST_MAJOR = 14;
const NEWEST_MAJOR = 18;
const MAX_SKEW_MS = 2_000;
const LONG_TRANSACTION_S = 300;

/**
 * Reachable, of a version that is supported, writable, with a clock that agrees. Null: it does not answer, the rest
 * cannot be asked.
 */
export async function checkServer(
	db: Database,
	wallClock: () => number,
): Promise<{ checks: Check[]; server: ServerFacts | null }> {
	try {
		const server = await readServer(db, wallClock);
		return { checks: [reachable(server), version(server), ...standby(server), clock(server)], server };
	} catch (error) {
		const fix =
			connectionAdvice(error) ?? "check host, port, user and password in DATABASE_URL, and that PostgreSQL runs";
		return { checks: [fail("database", `it does not let us in: ${reasonOf(error)}`, fix)], server: null };
	}
}

function reachable(server: ServerFacts): Check {
	return ok("database", `${server.database} answers in ${Math.round(server.roundTripMs)} ms, as user ${server.user}`);
}

function version(server: ServerFacts): Check {
	const found = `PostgreSQL ${server.version}`;
	if (server.major < OLDEST_MAJOR)
		return fail("version", `${found} is too old`, `PostgreSQL ${OLDEST_MAJOR} or later is needed`);
	if (server.major <= NEWEST_MAJOR) return ok("version", found);
	return warn(
		"version",
		`${found} is newer than what was tested`,
		`tested: PostgreSQL ${OLDEST_MAJOR} to ${NEWEST_MAJOR}`,
	);
}

function standby(server: ServerFacts): Check[] {
	if (!server.isStandby) return [];
	return [
		fail("standby", "this server is a standby: nothing can be written to it", "let DATABASE_URL name the primary"),
	];
}

/** Nothing is decided by this machine's clock; but its logs are read next to the database's record. */
function clock(server: ServerFacts): Check {
	const aheadMs = Math.round(server.clockAheadMs);
	const words = aheadMs > 0 ? "behind" : "ahead of";
	if (Math.abs(aheadMs) <= MAX_SKEW_MS)
		return ok("clock", `this machine and the database agree to ${Math.abs(aheadMs)} ms`);
	return warn(
		"clock",
		`this machine is ${Math.abs(aheadMs)} ms ${words} the database`,
		"set the clocks by NTP; logs and record will disagree until then",
	);
}

/** False: there is no schema that this version can work with. */
export async function checkSchemaVersion(db: Database): Promise<{ checks: Check[]; usable: boolean }> {
	try {
		await checkSchema(db);
		return { checks: [ok("schema", "reward_outbox is there and up to date")], usable: true };
	} catch (error) {
		const hint = error instanceof OutboxError ? error.hint : undefined;
		const fix = hint ?? "grant this user one of the reward_outbox_… roles, or use the schema's owner";
		return { checks: [fail("schema", reasonOf(error), fix)], usable: false };
	}
}

export async function checkPrivileges(db: Database, server: ServerFacts): Promise<Check[]> {
	if (await isSingleRole(db)) return [singleRole(server)];
	const roles = await readRoles(db);
	// Said by the check named restored.
	if (roles.some((role) => !role.exists)) return [];
	if (server.isSuperuser) {
		const fix = `give the relay a login role of its own, and GRANT reward_outbox_relay TO it`;
		return [warn("privileges", `${server.user} is a superuser: it may do everything`, fix)];
	}
	return [relayWork(roles, server), operatorWork(roles, server)];
}

function singleRole(server: ServerFacts): Check {
	const what = "made by migrate --single-role: the schema's owner does everything";
	if (server.ownsSchema) return ok("privileges", `${server.user} owns the schema, ${what}`);
	return fail("privileges", `${server.user} does not own the schema, ${what}`, "connect as the schema's owner");
}

function relayWork(roles: readonly RoleFacts[], server: ServerFacts): Check {
	if (covers(roles, "reward_outbox_relay")) return ok("privileges", `${server.user} may do a relay's work`);
	return fail(
		"privileges",
		`${server.user} may not do a relay's work`,
		`as the owner: GRANT reward_outbox_relay TO ${quoted(server.user)}`,
	);
}

function operatorWork(roles: readonly RoleFacts[], server: ServerFacts): Check {
	if (covers(roles, "reward_outbox_operator")) return ok("privileges", `${server.user} may do an operator's work`);
	return ok(
		"privileges",
		`${server.user} may not retry, cancel, resolve or adopt (right for a relay; operators need reward_outbox_operator)`,
	);
}

function covers(roles: readonly RoleFacts[], role: string): boolean {
	return roles.some((facts) => facts.role === role && facts.covered);
}

function quoted(name: string): string {
	return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export async function checkTransactions(db: Database): Promise<Check[]> {
	const { oldestSeconds, pid, application, oldestPreparedSeconds, preparedName } = await readLongTransactions(db);
	const checks: Check[] = [];
	if (oldestSeconds > LONG_TRANSACTION_S) {
		const who = `backend ${pid}${application ? ` (${application})` : ""}`;
		checks.push(
			warn(
				"transactions",
				`${who} has held a transaction open for ${Math.round(oldestSeconds)} s`,
				`end it: SELECT pg_terminate_backend(${pid})`,
			),
		);
	}
	if (oldestPreparedSeconds > LONG_TRANSACTION_S) {
		const fix = `COMMIT PREPARED '${preparedName}' or ROLLBACK PREPARED '${preparedName}'`;
		checks.push(
			warn("transactions", `${preparedName} has been prepared for ${Math.round(oldestPreparedSeconds)} s`, fix),
		);
	}
	if (checks.length > 0) return checks;
	return [ok("transactions", `none is open for long (the oldest this user can see: ${Math.round(oldestSeconds)} s)`)];
}
