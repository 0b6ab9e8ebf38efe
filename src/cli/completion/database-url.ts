import { type Environment, withoutUnknown } from "../../config/environment.ts";
import { readConfig } from "../../config.ts";

/** DATABASE_URL if it is usable, whatever else is wrong with the environment. */
export function usableDatabaseUrl(environment: Environment): string | null {
	const result = readConfig({ ...withoutUnknown(environment), LOG_LEVEL: undefined }, ["database"]);
	return result.ok ? result.config.databaseUrl : null;
}
