import type { Database } from "../store/database.ts";
import type { CommandContext } from "./context.ts";

/**
 * Opens the database of DATABASE_URL for one command and closes it in any case.
 *
 * @param name The command, shown in pg_stat_activity.
 * @param statementTimeoutMs 0: no bound, for what takes the time it takes. Default 30 000.
 * @throws ConfigurationError when DATABASE_URL is missing or wrong.
 */
export async function withDatabase<T>(
	context: CommandContext,
	name: string,
	use: (db: Database) => Promise<T>,
	statementTimeoutMs = 30_000,
): Promise<T> {
	const [{ requireConfig }, { openDatabase }] = await Promise.all([
		import("../config.ts"),
		import("../store/database.ts"),
	]);
	const { databaseUrl } = requireConfig(context.env, ["database"]);
	const db = openDatabase({
		url: databaseUrl,
		applicationName: `reward-outbox ${name}`,
		maxConnections: 1,
		statementTimeoutMs,
	});
	try {
		return await use(db);
	} finally {
		await db.end();
	}
}
