/** PostgreSQL ignores commands until the transaction is rolled back. */
export const IN_FAILED_TRANSACTION = "25P02";
/** The command needs a transaction block. */
export const NO_ACTIVE_TRANSACTION = "25P01";

/**
 * Where libraries keep the driver's error: `cause` (the language, Drizzle), `driverError` (TypeORM), `original`
 * (Sequelize),
 * `meta` and in it `driverAdapterError` (Prisma).
 */
const INNER = ["cause", "driverError", "original", "meta", "driverAdapterError"] as const;
/** `originalCode` is Prisma's. */
const CODE = ["code", "originalCode"] as const;
const MAX_DEPTH = 5;

/** Whether PostgreSQL's answer was this SQLSTATE, however the library in between has wrapped it. */
export function hasSqlState(error: unknown, state: string, depth = 0): boolean {
	if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return false;
	const fields = error as Readonly<Record<string, unknown>>;
	return (
		CODE.some((name) => fields[name] === state) || INNER.some((name) => hasSqlState(fields[name], state, depth + 1))
	);
}
