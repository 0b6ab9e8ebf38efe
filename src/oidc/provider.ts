import { createHmac } from "node:crypto";
import * as client from "openid-client";
import type { Identity } from "../access/token.ts";
import type { OidcConfig } from "../config/oidc-part.ts";
import { createBoundedFetch, refuseUnsafe } from "./bounded-fetch.ts";
import { type Claims, identityOf, saysEnough } from "./identity.ts";
import { OidcProblem } from "./problem.ts";
import { openStarted, STARTED_MS, type Started, sealStarted } from "./started.ts";

/** Below the console's address; the provider has to know it. */
const CALLBACK = "api/v1/session/oidc/callback";
/** What the provider says of itself is asked for again after so long. */
const KNOWN_MS = 3_600_000;
/** Somebody who wants to be a nuisance must not be able to make us one to the provider. */
const MOST_AT_ONCE = 16;

export interface ProviderOptions {
	readonly config: OidcConfig;
	readonly userAgent: string;
	/** Milliseconds since 1970. */
	readonly wallClock: () => number;
}

/** Signing in with the code flow of OpenID Connect: PKCE, state and nonce, and the signature of what is said. */
export class Provider {
	readonly #config: OidcConfig;
	readonly #fetch: client.CustomFetch;
	readonly #wallClock: () => number;
	/** What people's sessions are signed with. A secret. */
	readonly peopleKey: Buffer;
	#known: { readonly provider: Promise<client.Configuration>; readonly until: number } | null = null;
	#atOnce = 0;

	constructor({ config, userAgent, wallClock }: ProviderOptions) {
		this.#config = config;
		this.#wallClock = wallClock;
		this.#fetch = createBoundedFetch(config, userAgent) as client.CustomFetch;
		this.peopleKey = keyOf(config);
	}

	/** What people know it by. */
	get host(): string {
		return this.#config.issuer.host;
	}

	/** Whether cookies must not go over plain HTTP. */
	get isSecure(): boolean {
		return this.#config.consoleUrl.protocol === "https:";
	}

	/** Where to send somebody who wants to sign in, and what their browser has to keep. @throws OidcProblem */
	async begin(next: string): Promise<{ readonly location: string; readonly cookie: string }> {
		const provider = await this.#asking(() => this.#discovered());
		const started: Started = {
			state: client.randomState(),
			nonce: client.randomNonce(),
			verifier: client.randomPKCECodeVerifier(),
			next,
			expiresAt: this.#wallClock() + STARTED_MS,
		};
		const location = client.buildAuthorizationUrl(provider, {
			redirect_uri: this.#callback.href,
			scope: this.#config.scopes.join(" "),
			state: started.state,
			nonce: started.nonce,
			code_challenge: await client.calculatePKCECodeChallenge(started.verifier),
			code_challenge_method: "S256",
		});
		refuseUnsafe(location);
		return { location: location.href, cookie: sealStarted(started, this.peopleKey) };
	}

	/** What a browser kept; null: it is not ours, or over. */
	opened(cookie: string | undefined): Started | null {
		return cookie === undefined ? null : openStarted(cookie, this.peopleKey, this.#wallClock());
	}

	/** Who came back from the provider. @throws OidcProblem */
	async finish({ state, nonce, verifier }: Started, query: string): Promise<Identity> {
		const back = this.#callback;
		back.search = query;
		const claims = await this.#asking(async () => {
			const provider = await this.#discovered();
			const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
			const answer = await client.authorizationCodeGrant(provider, back, checks);
			return this.#allClaims(provider, answer.claims() as Claims, answer.access_token);
		});
		return identityOf(claims, this.#config);
	}

	/** Where somebody signs out at the provider as well; null: it has no such page. @throws OidcProblem */
	async end(): Promise<string | null> {
		const provider = await this.#asking(() => this.#discovered());
		if (provider.serverMetadata().end_session_endpoint === undefined) return null;
		const location = client.buildEndSessionUrl(provider);
		refuseUnsafe(location);
		return location.href;
	}

	get #callback(): URL {
		const { href } = this.#config.consoleUrl;
		return new URL(CALLBACK, href.endsWith("/") ? href : `${href}/`);
	}

	/** Some providers put little into what they sign, and tell the rest when asked. */
	async #allClaims(provider: client.Configuration, claims: Claims, accessToken: string): Promise<Claims> {
		const canAsk = provider.serverMetadata().userinfo_endpoint !== undefined;
		if (saysEnough(claims, this.#config) || !canAsk) return claims;
		return { ...(await client.fetchUserInfo(provider, accessToken, String(claims["sub"]))), ...claims };
	}

	#discovered(): Promise<client.Configuration> {
		if (this.#known !== null && this.#known.until > this.#wallClock()) return this.#known.provider;
		const provider = this.#discover();
		const known = { provider, until: this.#wallClock() + KNOWN_MS };
		this.#known = known;
		provider.catch(() => {
			if (this.#known === known) this.#known = null;
		});
		return provider;
	}

	async #discover(): Promise<client.Configuration> {
		const { issuer, clientId, clientSecret } = this.#config;
		const isPlain = issuer.protocol === "http:";
		try {
			return await client.discovery(issuer, clientId, undefined, authenticateWith(clientSecret), {
				[client.customFetch]: this.#fetch,
				execute: [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])],
			});
		} catch (error) {
			const { code, message } = problemOf(error);
			throw new OidcProblem(code === "unreachable" ? code : "misconfigured", message, { cause: error });
		}
	}

	async #asking<T>(work: () => Promise<T>): Promise<T> {
		if (this.#atOnce >= MOST_AT_ONCE) throw new OidcProblem("busy", "too many are signing in at once");
		this.#atOnce++;
		try {
			return await work();
		} catch (error) {
			throw problemOf(error);
		} finally {
			this.#atOnce--;
		}
	}
}

/** Other rules about who may do what, or another secret: what was signed before is worth nothing. */
function keyOf({
	issuer,
	clientId,
	clientSecret,
	nameClaim,
	roleClaim,
	operatorRoles,
	viewerRoles,
}: OidcConfig): Buffer {
	const rules = [issuer.href, clientId, nameClaim, roleClaim, operatorRoles, viewerRoles];
	return createHmac("sha256", clientSecret)
		.update(`reward-outbox people ${JSON.stringify(rules)}`)
		.digest();
}

/** In the way that the provider takes: in a header unless it says otherwise. */
function authenticateWith(secret: string): client.ClientAuth {
	const [inHeader, inBody] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
	return (server, ...rest) => {
		const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
		return (methods.includes("client_secret_basic") ? inHeader : inBody)(server, ...rest);
	};
}

/** What the provider says against us, rather than against the person. */
const AGAINST_US = new Set(["invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"]);

function problemOf(error: unknown): OidcProblem {
	if (error instanceof OidcProblem) return error;
	const { cause } = error as { cause?: unknown };
	if (cause instanceof OidcProblem) return cause;
	if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
		const said = error.error_description === undefined ? error.error : `${error.error}: ${error.error_description}`;
		return new OidcProblem(AGAINST_US.has(error.error) ? "misconfigured" : "refused", `the provider said ${said}`);
	}
	const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
	const what = [code, (cause as { code?: unknown } | undefined)?.code, name].find((one) => typeof one === "string");
	const isDown = cause instanceof Response && cause.status >= 500;
	if (isDown || isOfNetwork(error) || isOfNetwork(cause)) {
		return new OidcProblem("unreachable", `the provider does not answer: ${what}`, { cause: error });
	}
	return new OidcProblem("invalid", `the provider's answer does not hold: ${what}: ${message}`, { cause: error });
}

/** Of sockets, DNS, TLS and our deadline: their codes are not the library's. */
function isOfNetwork(error: unknown): boolean {
	const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
	if (name === "TimeoutError" || name === "AbortError" || code === "OAUTH_TIMEOUT") return true;
	return typeof code === "string" && !/^OAUTH_|^ERR_(?!TLS|SSL|SOCKET)|^ERR_JW/.test(code);
}
