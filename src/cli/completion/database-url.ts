import type { Environment } from "../../config/environment.ts";
import { readConfig } from "../../config.ts";

/** DATABASE_URL if it is usable, whatever else is wrong with the environment. */
export function usableDatabaseUrl(environment: Environment): string | null {
	const result = readConfig({ DATABASE_URL: environment["DATABASE_URL"] }, ["database"]);
	return result.ok ? result.config.databaseUrl : null;
}
