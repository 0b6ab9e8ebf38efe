/** Connection parameters by libpq's names. Hosts and ports are lists separated by commas, as libpq has them. */
export type ConnectionParameters = Readonly<Record<string, string>>;

/**
 * Those that are understood. Of pairs, others are refused; a URI may be shared with a library that has parameters of
 * its own.
 */
const KNOWN = new Set([
	...["host", "hostaddr", "port", "dbname", "user", "password", "service", "servicefile", "passfile", "options"],
	...["sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "channel_binding", "target_session_attrs"],
	...["connect_timeout", "application_name", "pgbouncer", "ssl"],
]);
/** Other names of URLs and drivers for the same. */
const SYNONYMS: Readonly<Record<string, string>> = { database: "dbname", username: "user", db: "dbname" };
const MAX_PORT = 65_535;
const SCHEME = /^postgres(?:ql)?:\/\//;

/** The parameters of a URI or of `key=value` pairs, as libpq reads them; null: it is neither. */
export function parseConnection(text: string): ConnectionParameters | null {
	return SCHEME.test(text) ? parseUri(text.replace(SCHEME, "")) : parsePairs(text);
}

function parseUri(rest: string): ConnectionParameters | null {
	if (/[\s\p{Cc}#]/u.test(rest)) return null;
	const [address = "", query = ""] = cutAt(rest, rest.indexOf("?"));
	const [authority = "", dbname = ""] = cutAt(address, address.indexOf("/"));
	const at = authority.lastIndexOf("@");
	const [login, hosts] = [authority.slice(0, Math.max(at, 0)), authority.slice(at + 1)];
	if (dbname.includes("/")) return null;
	const [user = "", ...password] = login.split(":");
	if (password.length > 1) return null;
	const places = placesOf(hosts);
	const pairs = query === "" ? [] : query.split("&").map((pair) => pair.split("="));
	if (places === null || pairs.some((pair) => pair.length !== 2)) return null;
	const given = [["user", user], ["password", password[0] ?? ""], ["dbname", dbname], ...places, ...pairs];
	const known = given.filter(([name = "", value]) => value !== "" && KNOWN.has(SYNONYMS[name] ?? name));
	return collect(known as [string, string][], decoded);
}

/** What stands before a place and after it; all of it where there is no such place. */
function cutAt(text: string, place: number): string[] {
	return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}

/** `a:1,[::1]:2,c` as two lists of the same length; a port that is left out is an empty one. */
function placesOf(hosts: string): [string, string][] | null {
	if (hosts === "") return [];
	const places = hosts.split(",").map((place) => /^(\[[0-9a-fA-F:.%]+\]|[^:]*)(?::(\d{0,5}))?$/.exec(place));
	if (places.some((place) => place === null)) return null;
	const names = places.map((place) => (place?.[1] ?? "").replace(/^\[|\]$/g, ""));
	const ports = places.map((place) => place?.[2] ?? "");
	if (ports.some((port) => Number(port) > MAX_PORT)) return null;
	return [
		["host", names.join(",")],
		["port", ports.every((port) => port === "") ? "" : ports.join(",")],
	];
}

/** `host=a port=1 password='it''s \'quoted\''`. */
function parsePairs(text: string): ConnectionParameters | null {
	const pair = /^(?<name>[a-z_]+)\s*=\s*(?:'(?<quoted>(?:[^'\\]|\\.)*)'|(?<plain>(?:[^\s'\\]|\\.)*))(?:\s|$)/;
	const pairs: [string, string][] = [];
	for (let rest = text.trim(); rest !== ""; ) {
		const match = pair.exec(rest);
		if (match === null) return null;
		const { name = "", quoted, plain = "" } = match.groups ?? {};
		pairs.push([name, (quoted ?? plain).replace(/\\(.)/gs, "$1")]);
		rest = rest.slice(match[0].length).trimStart();
	}
	return pairs.length === 0 ? null : collect(pairs, (value) => value);
}

function collect(
	pairs: readonly (readonly [string, string])[],
	read: (value: string) => string | null,
): ConnectionParameters | null {
	const parameters: Record<string, string> = {};
	for (const [given, raw] of pairs) {
		const name = SYNONYMS[given] ?? given;
		const value = read(raw);
		if (!KNOWN.has(name) || value === null || /\p{Cc}/u.test(value) || !value.isWellFormed()) return null;
		parameters[name] = value;
	}
	return parameters;
}

function decoded(value: string): string | null {
	try {
		return decodeURIComponent(value);
	} catch {
		return null;
	}
}

/** The same as one URI, so that it can be handed on as text. */
export function connectionUri(parameters: ConnectionParameters): string {
	const query = Object.entries(parameters).map(
		([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`,
	);
	return `postgres:///?${query.join("&")}`;
}
