import { OutboxError } from "../errors.ts";

// What an error of the database says, by its SQLSTATE.

/**
 * SQLSTATE classes and codes after which the same call may succeed: connection lost, resources, rollback, operator
 * intervention.
 */
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

/** The server cancelled the statement: by a timeout, or because somebody asked for it. */
export function isCancelled(error: unknown): boolean {
	return sqlState(error) === "57014";
}

/** Who asks lacks a privilege. */
export function isForbidden(error: unknown): boolean {
	return sqlState(error) === "42501";
}

/** Somebody held a lock for longer than the statement was to wait. */
export function isLockTimeout(error: unknown): boolean {
	return sqlState(error) === "55P03";
}

/**
 * Wrong password, no such database, no privilege, or a file with the address that is gone for now: about who asks and
 * not about what, and usually put right by a person soon.
 */
export function isAccessRefused(error: unknown): boolean {
	if (error instanceof OutboxError) return error.code.startsWith("connection_");
	const code = sqlState(error);
	return code !== undefined && (code.startsWith("28") || code.startsWith("3D") || isForbidden(error));
}

/** Data exceptions and damaged data: about what a row or a parameter holds. */
export function isAboutContent(error: unknown): boolean {
	return /^(22|XX00[12]$)/.test(sqlState(error) ?? "");
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
