import { type ConnectionParameters, connectionUri, parseConnection } from "./parse.ts";

/** libpq's variables and the parameters they stand for. */
const VARIABLES = {
	PGHOST: "host",
	PGHOSTADDR: "hostaddr",
	PGPORT: "port",
	PGDATABASE: "dbname",
	PGUSER: "user",
	PGPASSWORD: "password",
	PGSERVICE: "service",
	PGSERVICEFILE: "servicefile",
	PGPASSFILE: "passfile",
	PGOPTIONS: "options",
	PGSSLMODE: "sslmode",
	PGSSLROOTCERT: "sslrootcert",
	PGSSLCERT: "sslcert",
	PGSSLKEY: "sslkey",
	PGCHANNELBINDING: "channel_binding",
	PGTARGETSESSIONATTRS: "target_session_attrs",
	PGCONNECT_TIMEOUT: "connect_timeout",
} as const;

/** One of these says that a server is meant, and which; the others only say how. */
const NAMING = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"];

/** What the environment says about a connection where no URL does, as a URI; null: nothing. */
export function uriOfEnvironment(environment: Readonly<Record<string, string | undefined>>): string | null {
	if (!NAMING.some((name) => environment[name])) return null;
	return connectionUri(parametersOf(environment));
}

function parametersOf(environment: Readonly<Record<string, string | undefined>>): ConnectionParameters {
	const set = Object.entries(VARIABLES).filter(([variable]) => environment[variable]);
	return Object.fromEntries(set.map(([variable, name]) => [name, environment[variable] as string]));
}

/** What fills in a URL: everything but what would name another server. */
const BESIDES = Object.keys(VARIABLES).filter(
	(name) => !["PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"].includes(name),
);

/** A connection string with what the environment says besides: as in libpq, what it says itself comes first. */
export function withEnvironment(text: string, environment: Readonly<Record<string, string | undefined>>): string {
	const besides = BESIDES.filter((name) => environment[name]);
	const parameters = parseConnection(text);
	if (besides.length === 0 || parameters === null) return text;
	const said = parametersOf(Object.fromEntries(besides.map((name) => [name, environment[name]])));
	return connectionUri({ ...said, ...parameters });
}
