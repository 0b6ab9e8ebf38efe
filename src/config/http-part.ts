import { type Address, addressOf } from "../connection/address.ts";
import type { Environment, EnvironmentReader } from "./environment.ts";
import { type OidcConfig, oidcPart } from "./oidc-part.ts";
import { hasPassword, passwordsPart } from "./passwords-part.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import type { HttpAddress } from "./value.ts";

const DEFAULT_HTTP_ADDRESS: HttpAddress = { host: "127.0.0.1", port: 8787 };

export interface HttpConfig {
	readonly http: HttpAddress;
	/**
	 * The token of the operator called admin. At most one of this and its file; without any token, everything but health
	 * is off.
	 */
	readonly adminToken?: string;
	/** A file that holds the token; see `readSecretFile`. */
	readonly adminTokenFile?: string;
	/** A file of named tokens; see `loadTokens`. */
	readonly tokensFile?: string;
	/** Another way to sign in than tokens. */
	readonly oidc?: OidcConfig;
	/**
	 * Names besides loopback, the bound address and the machine's own addresses under which it is asked for. In lower
	 * case.
	 */
	readonly allowedHosts?: readonly string[];
	/** Addresses and networks of proxies whose X-Forwarded-For counts. */
	readonly trustedProxies?: readonly string[];
	/** The console's own connection; left out: the database's. A secret. */
	readonly consoleDatabaseUrl?: Address;
}

/** What is served over HTTP, and to whom. */
export function httpPart(reader: EnvironmentReader, environment: Environment): HttpConfig {
	const http = reader.read(SETTINGS.http) ?? DEFAULT_HTTP_ADDRESS;
	const adminToken = reader.read(SETTINGS.adminToken);
	const adminTokenFile = reader.read(SETTINGS.adminTokenFile);
	const tokensFile = reader.read(SETTINGS.tokensFile);
	const oidc = oidcPart(reader);
	const allowedHosts = reader.read(SETTINGS.allowedHosts);
	const trustedProxies = reader.read(SETTINGS.trustedProxies);
	const consoleText = reader.read(SETTINGS.consoleDatabaseUrl);
	reportBothSet(reader, SETTINGS.adminToken, SETTINGS.adminTokenFile);
	const passwords =
		consoleText === undefined || hasPassword(consoleText) ? undefined : passwordsPart(reader, environment);
	return {
		http,
		...(adminToken === undefined ? {} : { adminToken }),
		...(adminTokenFile === undefined ? {} : { adminTokenFile }),
		...(tokensFile === undefined ? {} : { tokensFile }),
		...(oidc === undefined ? {} : { oidc }),
		...(allowedHosts === undefined ? {} : { allowedHosts }),
		...(trustedProxies === undefined ? {} : { trustedProxies }),
		...(consoleText === undefined ? {} : { consoleDatabaseUrl: addressOf(consoleText, passwords) }),
	};
}

/** A secret is given either in a variable or in a file that another one names. */
export function reportBothSet(reader: EnvironmentReader, secret: Setting<unknown>, file: Setting<unknown>): void {
	if (!reader.has(secret) || !reader.has(file)) return;
	reader.report(secret, `expected either ${secret.variable} or ${file.variable}, got both`);
}
