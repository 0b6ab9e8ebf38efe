import { uriOfEnvironment, withEnvironment } from "../connection/environment.ts";
import { parseConnection } from "../connection/parse.ts";
import type { Environment } from "./environment.ts";

/** What the database is called that the environment names, as far as that can be known without asking it. */
export function databaseName(environment: Environment): string | null {
	const url = environment["DATABASE_URL"];
	const uri = url === undefined ? uriOfEnvironment(environment) : withEnvironment(url, environment);
	return uri === null ? null : (parseConnection(uri)?.["dbname"] ?? null);
}
