import { type Environment, withoutUnknown } from "../../config/environment.ts";
import { readConfig } from "../../config.ts";
import type { Address } from "../../connection/address.ts";

/** DATABASE_URL if it is usable, whatever else is wrong with the environment. */
export function usableDatabaseUrl(environment: Environment): Address | null {
	const result = readConfig({ ...withoutUnknown(environment), LOG_LEVEL: undefined }, ["database"]);
	return result.ok ? result.config.databaseUrl : null;
}
