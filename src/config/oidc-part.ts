import type { EnvironmentReader } from "./environment.ts";
import { type ProxyConfig, proxyPart } from "./proxy-part.ts";
import { SETTINGS } from "./settings.ts";
import { isLoopback } from "./value.ts";

/** How people sign in with OpenID Connect. */
export interface OidcConfig extends ProxyConfig {
	readonly issuer: URL;
	readonly clientId: string;
	/** A secret. */
	readonly clientSecret: string;
	readonly scopes: readonly string[];
	readonly nameClaim: string;
	readonly roleClaim: string;
	readonly operatorRoles: readonly string[];
	readonly viewerRoles: readonly string[];
	/** Where people reach the console: the provider leads them back there. */
	readonly consoleUrl: URL;
}

const { oidcIssuer, oidcClientId, oidcClientSecret, oidcClientSecretFile, oidcScopes } = SETTINGS;
const { oidcNameClaim, oidcRoleClaim, oidcOperatorRoles, oidcViewerRoles, consoleUrl: consoleAddress } = SETTINGS;
const OF_A_PROVIDER = [
	oidcClientId,
	oidcClientSecret,
	oidcClientSecretFile,
	oidcScopes,
	oidcNameClaim,
	oidcRoleClaim,
	oidcOperatorRoles,
	oidcViewerRoles,
];

/** Undefined: people sign in with tokens only, or something is wrong. */
export function oidcPart(reader: EnvironmentReader): OidcConfig | undefined {
	if (!reader.has(oidcIssuer)) {
		const idle = OF_A_PROVIDER.find((setting) => reader.has(setting));
		if (idle !== undefined) reader.report(oidcIssuer, `missing; ${idle.variable} says how to sign in there`);
		return undefined;
	}
	const issuer = reader.read(oidcIssuer);
	const clientId = required(reader, oidcClientId);
	const clientSecret = required(reader, oidcClientSecret);
	const consoleUrl = required(reader, consoleAddress);
	const { scopes, nameClaim, roleClaim, operatorRoles, viewerRoles } = optional(reader);
	if (![oidcOperatorRoles, oidcViewerRoles].some((setting) => reader.has(setting))) {
		reader.report(oidcOperatorRoles, `missing; without it and ${oidcViewerRoles.variable} nobody could sign in`);
	}
	if (operatorRoles.includes("*")) {
		reader.report(oidcOperatorRoles, "expected roles by name: * would let everybody decide about money");
	}
	if (consoleUrl?.protocol === "http:" && !isLoopback(consoleUrl.hostname)) {
		reader.report(
			consoleAddress,
			`expected https:, or loopback, for ${oidcIssuer.variable}: others could read the session`,
		);
	}
	if (!issuer || !clientId || !clientSecret || !consoleUrl) return undefined;
	const names = { nameClaim, roleClaim, operatorRoles, viewerRoles };
	return { issuer, clientId, clientSecret, scopes, ...names, consoleUrl, ...proxyPart(reader) };
}

function required<T>(reader: EnvironmentReader, setting: Parameters<typeof reader.read<T>>[0]): T | undefined {
	if (reader.has(setting)) return reader.read(setting);
	reader.report(setting, `missing; ${oidcIssuer.variable} needs it`);
	return undefined;
}

function optional(reader: EnvironmentReader) {
	return {
		scopes: reader.read(oidcScopes) ?? ["openid", "profile", "email"],
		nameClaim: reader.read(oidcNameClaim) ?? "email",
		roleClaim: reader.read(oidcRoleClaim) ?? "groups",
		operatorRoles: reader.read(oidcOperatorRoles) ?? [],
		viewerRoles: reader.read(oidcViewerRoles) ?? [],
	};
}
