import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";
import type { OidcConfig } from "../../src/config/oidc-part.ts";
import { freePort } from "./free-port.ts";

const CLIENT = { id: "reward-outbox", secret: "the-secret-of-the-console-in-tests" };

interface ProviderOptions {
	/** Where the console is. */
	readonly consoleUrl: string;
	/** What everybody of this name is told to be in. */
	readonly groupsOf: (login: string) => readonly string[];
}

export interface IdentityProvider extends AsyncDisposable {
	readonly issuer: string;
	/** How the console there is configured for it. */
	configWith(roles: Pick<OidcConfig, "operatorRoles" | "viewerRoles">): OidcConfig;
}

/** A real OpenID Connect provider, whose page takes any login with any password. */
export async function startIdentityProvider({ consoleUrl, groupsOf }: ProviderOptions): Promise<IdentityProvider> {
	const port = await freePort();
	const issuer = `http://127.0.0.1:${port}`;
	const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const provider = new Provider(issuer, {
		clients: [
			{
				client_id: CLIENT.id,
				client_secret: CLIENT.secret,
				redirect_uris: [`${consoleUrl}/api/v1/session/oidc/callback`],
				grant_types: ["authorization_code"],
				response_types: ["code"],
			},
		],
		ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
		pkce: { required: () => true },
		scopes: ["openid", "email", "profile"],
		claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
		jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
		cookies: { keys: ["of-the-tests"] },
		findAccount: (_context: unknown, id: string) => ({
			accountId: id,
			claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, groups: groupsOf(id) }),
		}),
	});
	const server = createServer(provider.callback()).listen(port, "127.0.0.1");
	await once(server, "listening");
	return {
		issuer,
		configWith: (roles) => ({
			issuer: new URL(issuer),
			clientId: CLIENT.id,
			clientSecret: CLIENT.secret,
			scopes: ["openid", "profile", "email"],
			nameClaim: "email",
			roleClaim: "groups",
			consoleUrl: new URL(consoleUrl),
			...roles,
		}),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
