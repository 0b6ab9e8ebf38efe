import { isIP, isIPv6 } from "node:net";
import { FILE } from "../connection/address.ts";
import { parseConnection } from "../connection/parse.ts";

/** A value, or what should have been there instead. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** Reads one kind of value from a variable's text. Pure, total, strict: nothing is trimmed or rounded. */
export type Parse<T> = (text: string) => Parsed<T>;

/** Levels of the log, most talkative first; `silent` logs nothing. */
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the relay's HTTP server listens. */
export interface HttpAddress {
	/** A host name or an IP address (IPv6 without brackets); empty means every address of the machine. */
	readonly host: string;
	/** 0 takes a free port. */
	readonly port: number;
}

/** Decimal digits only: `10s`, `1e3`, `-1`, `+1`, `1.0`, `010` and blanks are all refused. */
export function wholeNumber(min: number, max: number): Parse<number> {
	const expected = `expected a whole number from ${min} to ${max}`;
	return (text) => {
		if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) return { expected };
		const value = Number(text);
		return value >= min && value <= max ? { value } : { expected };
	};
}

export const parseLogLevel: Parse<LogLevel> = (text) => {
	const level = LOG_LEVELS.find((candidate) => candidate === text);
	return level === undefined ? { expected: `expected one of ${LOG_LEVELS.join(", ")}` } : { value: level };
};

export const parseSwitch: Parse<boolean> = (text) =>
	text === "0" || text === "1" ? { value: text === "1" } : { expected: "expected 1 (on) or 0 (off)" };

/**
 * A connection URI or `key=value` pairs, as libpq reads them: sockets, several hosts and services included. Or `file:`.
 */
export const parseDatabaseUrl: Parse<string> = (text) =>
	parseConnection(text) === null && !isAddressFile(text)
		? { expected: "expected postgres://user:password@host:5432/database (special characters percent-encoded)" }
		: { value: text };

/** A line for the system's shell. */
export const parseCommand: Parse<string> = (text) =>
	text.trim() === "" || /\p{Cc}/u.test(text) || text.length > 4096
		? { expected: "expected a command in one line" }
		: { value: text };

/** `file:` and a path, which is how a file with the address is handed on. */
function isAddressFile(text: string): boolean {
	return text.startsWith(FILE) && "value" in parseFilePath(text.slice(FILE.length));
}

/** Scheme, host and port; a path, query or credentials would silently be dropped or leaked, so they are refused. */
export const parseOrigin: Parse<URL> = (text) => {
	const expected = "expected an origin such as https://api.rewardplugin.com, without path, query or credentials";
	if (!/^https?:\/\/[^\s/?#@\\]+\/?$/i.test(text)) return { expected };
	const url = URL.parse(text);
	return url === null || url.pathname !== "/" ? { expected } : { value: url };
};

/** Where something of ours is reached from outside: an origin, which may lie below a path of its proxy. */
export const parsePublicOrigin: Parse<URL> = (text) => {
	const expected = "expected an address such as https://hooks.example.com, without query, fragment or credentials";
	if (!/^https?:\/\/[^\s?#@\\]+$/i.test(text)) return { expected };
	const url = URL.parse(text);
	return url === null ? { expected } : { value: url };
};

/** A proxy that opens tunnels; null: none, as an empty HTTPS_PROXY means for every program that reads it. */
export const parseProxyUrl: Parse<URL | null> = (text) => {
	if (text === "") return { value: null };
	const expected =
		"expected an HTTP proxy, http://host:port or http://user:password@host:port (special characters percent-encoded)";
	const url = URL.parse(/^[a-z0-9.+-]+:\/\//i.test(text) ? text : `http://${text}`);
	if (url === null || !/^https?:$/.test(url.protocol) || !/^\/?$/.test(url.pathname)) return { expected };
	if (url.search !== "" || url.hash !== "" || !isDecodable(url.username + url.password)) return { expected };
	return { value: url };
};

function isDecodable(text: string): boolean {
	try {
		decodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}

/** Where alerts are posted to. Its path and query are often the secret that lets one post there. */
export const parseWebhookUrl: Parse<URL> = (text) => {
	const expected = "expected https://…, or http: for loopback, without user, password and fragment";
	if (!/^https?:\/\/[^\s\\#]+$/i.test(text)) return { expected };
	const url = URL.parse(text);
	if (url === null || url.username !== "" || url.password !== "") return { expected };
	return url.protocol === "http:" && !isLoopback(url.hostname) ? { expected } : { value: url };
};

/**
 * Whether this host can only be this machine: `localhost`, 127.0.0.0/8 and `[::1]`. Not `*.localhost`: resolvers other
 * than those of browsers ask the DNS for it, and get what somebody put there.
 */
export function isLoopback(hostname: string): boolean {
	if (hostname === "localhost") return true;
	return hostname === "[::1]" || hostname === "::1" || (isIP(hostname) === 4 && hostname.startsWith("127."));
}

/** Whether sending this key to this origin would show a production key to everybody on the way. */
export function liveKeyOverHttp(key: string, apiUrl: URL): boolean {
	return apiUrl.protocol === "http:" && !isLoopback(apiUrl.hostname) && !key.startsWith("sk_test_");
}

/** Goes into an HTTP header: visible ASCII, no blanks. Anything else is a copy-and-paste accident. */
export const parseSecret: Parse<string> = (text) =>
	/^[!-~]{1,1024}$/.test(text)
		? { value: text }
		: { expected: "expected one line of visible ASCII characters without blanks (1024 at most)" };

/** The end of a path: 128 bits at least, so that nobody guesses it, and nothing that a URL would have to escape. */
export const parseWebhookToken: Parse<string> = (text) => {
	const isLong = text.length >= (/^[0-9a-f]+$/i.test(text) ? 32 : 22);
	return isLong && /^[A-Za-z0-9_-]{22,128}$/.test(text)
		? { value: text }
		: { expected: "expected 32 or more hex digits, or 22 to 128 letters, digits, - and _ (openssl rand -hex 16)" };
};

export const parseFilePath: Parse<string> = (text) => {
	// A key pasted into the …_FILE variable would otherwise be shown by every "no such file".
	if (/^sk_(test|live)_/.test(text)) return { expected: "expected the path of a file, not the key itself" };
	// biome-ignore lint/suspicious/noControlCharactersInRegex: no path has them on purpose
	return text === "" || /[\u0000-\u001f\u007f]/.test(text)
		? { expected: "expected the path of a file" }
		: { value: text };
};

export const parseDirectory: Parse<string> = (text) =>
	// biome-ignore lint/suspicious/noControlCharactersInRegex: no path has them on purpose
	text === "" || /[\u0000-\u001f\u007f]/.test(text)
		? { expected: "expected the path of a directory" }
		: { value: text };

/** `host:port`, `[::1]:port`, or `:port` for every address. */
export const parseHttpAddress: Parse<HttpAddress> = (text) => {
	const expected = "expected host:port such as 127.0.0.1:8787, [::1]:8787 or :8787 (port 0 takes a free one)";
	const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]*)):([0-9]{1,5})$/.exec(text);
	if (match === null) return { expected };
	const [, ipv6, name = "", digits = ""] = match;
	const port = wholeNumber(0, 65535)(digits);
	if ("expected" in port || (ipv6 !== undefined && !isIPv6(ipv6))) return { expected };
	return { value: { host: ipv6 ?? name, port: port.value } };
};

/** Host names, separated by commas, without ports. In lower case, as they are compared. */
export const parseHostNames: Parse<readonly string[]> = (text) => {
	const names = text.split(",").map((name) => name.trim().toLowerCase());
	return names.every((name) => /^[a-z0-9_]([a-z0-9._-]{0,252}[a-z0-9_])?$/.test(name))
		? { value: names }
		: { expected: "expected host names without ports, separated by commas, such as outbox.example.com,relay" };
};

/** Addresses and networks, separated by commas. */
export const parseNetworks: Parse<readonly string[]> = (text) => {
	const networks = text.split(",").map((network) => network.trim().toLowerCase());
	return networks.every(isNetwork)
		? { value: networks }
		: { expected: "expected addresses and networks, separated by commas, such as 10.0.0.7,192.168.0.0/16,fd00::/8" };
};

function isNetwork(text: string): boolean {
	const match = /^([0-9a-f.:]+)(?:\/([0-9]{1,3}))?$/.exec(text);
	const family = isIP(match?.[1] ?? "");
	return family !== 0 && Number(match?.[2] ?? 0) <= (family === 4 ? 32 : 128);
}
