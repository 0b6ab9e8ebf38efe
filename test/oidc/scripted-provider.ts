import { createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ScriptedProvider extends AsyncDisposable {
	readonly issuer: URL;
	/** What was asked of it: `GET /jwks`. */
	readonly asked: string[];
	/** What came to the token endpoint last. */
	readonly token: { body: URLSearchParams; authorization: string | undefined };
	/** Other claims of the ID token. The nonce is what the last authorization asked for. */
	claims: Record<string, unknown>;
	/** Other things that it says of itself. */
	metadata: Record<string, unknown>;
	nonce: string;
	/** Signs with a key that it does not publish. */
	isForged: boolean;
	/** In the place of an answer, by path. */
	answers: Record<string, (response: ServerResponse) => void>;
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An OpenID Connect provider that does as it is told, wrong things too. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
	const [published, other] = [pair(), pair()];
	const server = createServer(async (request, response) => {
		const path = new URL(request.url ?? "/", "http://x").pathname;
		provider.asked.push(`${request.method} ${path}`);
		const body = await text(request);
		const scripted = provider.answers[path];
		if (scripted !== undefined) return scripted(response);
		const answer = answerTo(path, body, request.headers.authorization);
		response.writeHead(answer === null ? 404 : 200, { "content-type": "application/json" });
		response.end(JSON.stringify(answer ?? {}));
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	function answerTo(path: string, body: string, authorization: string | undefined): object | null {
		switch (path) {
			case "/.well-known/openid-configuration":
				return {
					issuer: origin,
					authorization_endpoint: `${origin}/authorize`,
					token_endpoint: `${origin}/token`,
					jwks_uri: `${origin}/jwks`,
					userinfo_endpoint: `${origin}/me`,
					response_types_supported: ["code"],
					...provider.metadata,
				};
			case "/jwks":
				return { keys: [{ ...published.publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] };
			case "/token":
				Object.assign(provider.token, { body: new URLSearchParams(body), authorization });
				return { access_token: "a", token_type: "Bearer", expires_in: 60, id_token: idToken() };
			case "/me":
				return { sub: "anna", groups: ["sre"] };
			default:
				return null;
		}
	}

	function idToken(): string {
		const now = Math.floor(Date.now() / 1000);
		const { nonce, claims } = provider;
		const content = { iss: origin, sub: "anna", aud: "outbox", iat: now, exp: now + 60, nonce, ...claims };
		const signed = `${base64({ alg: "RS256", kid: "1" })}.${base64(content)}`;
		const { privateKey } = provider.isForged ? other : published;
		return `${signed}.${createSign("sha256").update(signed).sign(privateKey).toString("base64url")}`;
	}

	const provider: ScriptedProvider = {
		issuer: new URL(origin),
		asked: [],
		token: { body: new URLSearchParams(), authorization: undefined },
		claims: {},
		metadata: {},
		nonce: "",
		isForged: false,
		answers: {},
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
	return provider;
}

function pair() {
	return generateKeyPairSync("rsa", { modulusLength: 2048 });
}
