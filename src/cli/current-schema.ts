import type { Database } from "../store/database.ts";
import type { CommandContext } from "./context.ts";
import { withDatabase } from "./one-database.ts";

/**
 * Like {@link withDatabase}, for commands that rely on this version's schema.
 *
 * @throws SchemaNewerError, SchemaOlderError
 */
export function withCurrentSchema<T>(
	context: CommandContext,
	name: string,
	use: (db: Database) => Promise<T>,
	statementTimeoutMs?: number,
): Promise<T> {
	const checked = async (db: Database): Promise<T> => {
		const { checkSchema } = await import("../store/schema.ts");
		await checkSchema(db);
		return use(db);
	};
	return withDatabase(context, name, checked, statementTimeoutMs);
}
