import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OidcConfig } from "../../src/config/oidc-part.ts";
import type { OidcProblem, OidcProblemCode } from "../../src/oidc/problem.ts";
import { Provider } from "../../src/oidc/provider.ts";
import { STARTED_MS, type Started } from "../../src/oidc/started.ts";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.ts";

const SECRET = "the secret of the console: %&+".replaceAll(" ", "_");

let scripted: ScriptedProvider;
let now: number;
beforeEach(async () => {
	scripted = await startScriptedProvider();
	now = Date.now();
});
afterEach(() => scripted[Symbol.asyncDispose]());

function provider(config: Partial<OidcConfig> = {}): Provider {
	const all: OidcConfig = {
		issuer: scripted.issuer,
		clientId: "outbox",
		clientSecret: SECRET,
		scopes: ["openid", "groups"],
		nameClaim: "email",
		roleClaim: "groups",
		operatorRoles: ["sre"],
		viewerRoles: [],
		consoleUrl: new URL("https://outbox.example.com/x"),
		...config,
	};
	return new Provider({ config: all, userAgent: "test", wallClock: () => now });
}

/** Begins, and comes back as the provider would lead a browser. */
async function signIn(one = provider(), query: Record<string, string> = {}) {
	const { location, cookie } = await one.begin("/events");
	const asked = new URL(location).searchParams;
	scripted.nonce = asked.get("nonce") ?? "";
	const back = new URLSearchParams({ code: "c", state: asked.get("state") ?? "", ...query });
	return { asked, identity: await one.finish(one.opened(cookie) as Started, back.toString()) };
}

/** The code of what went wrong, and the words for the log. */
async function problem(work: Promise<unknown>): Promise<OidcProblem> {
	try {
		await work;
	} catch (error) {
		return error as OidcProblem;
	}
	throw new Error("nothing went wrong");
}

test("it asks with PKCE, state and nonce, and shows its secret to the token endpoint alone", async () => {
	const { asked, identity } = await signIn();
	expect(Object.fromEntries(asked)).toMatchObject({
		response_type: "code",
		client_id: "outbox",
		scope: "openid groups",
		redirect_uri: "https://outbox.example.com/x/api/v1/session/oidc/callback",
		code_challenge_method: "S256",
		code_challenge: expect.stringMatching(/^[\w-]{43}$/),
		state: expect.stringMatching(/^[\w-]{43}$/),
		nonce: expect.stringMatching(/^[\w-]{43}$/),
	});
	expect(asked.toString()).not.toContain(encodeURIComponent(SECRET));
	const { body, authorization = "" } = scripted.token;
	expect(body.get("code_verifier")).toMatch(/^[\w-]{43}$/);
	const shown = Buffer.from(authorization.slice("Basic ".length), "base64").toString().split(":");
	expect(shown.map(decodeURIComponent)).toEqual(["outbox", SECRET]);
	// Not in what it signed: it was asked for.
	expect(identity).toEqual({ name: "oidc:anna", role: "operator" });
	expect(scripted.asked).toContain("GET /me");
});

test("a provider that takes the secret in the body only gets it there", async () => {
	scripted.metadata = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
	await signIn();
	expect(scripted.token.authorization).toBeUndefined();
	expect(scripted.token.body.get("client_secret")).toBe(SECRET);
});

test("what it says of itself is asked for once in an hour, and again at once after it could not be", async () => {
	const one = provider();
	scripted.answers = { "/.well-known/openid-configuration": (response) => response.writeHead(503).end() };
	expect((await problem(one.begin("/"))).code).toBe("unreachable");
	scripted.answers = {};
	await Promise.all([one.begin("/"), one.begin("/")]);
	await one.begin("/");
	expect(scripted.asked.length).toBe(2);
	now += 3_600_001;
	await one.begin("/");
	expect(scripted.asked.length).toBe(3);
});

describe("who somebody is", () => {
	test.each<[string, Record<string, unknown>, Partial<OidcConfig>, unknown]>([
		["an address that is verified", { email: "a@b.c", email_verified: true, groups: ["sre"] }, {}, "oidc:a@b.c"],
		["an address of which nothing is said", { email: "a@b.c", groups: ["sre"] }, {}, "oidc:a@b.c"],
		["an address that is not verified", { email: "boss@b.c", email_verified: false, groups: ["sre"] }, {}, "oidc:anna"],
		["roles inside roles", { realm_access: { roles: ["sre"] } }, { roleClaim: "realm_access.roles" }, "oidc:anna"],
		["a claim with dots in its name", { "https://x.y/r": ["sre"] }, { roleClaim: "https://x.y/r" }, "oidc:anna"],
		["roles as one text", { groups: "staff, sre" }, {}, "oidc:anna"],
	])("%s", async (_, claims, config, name) => {
		scripted.claims = claims;
		expect((await signIn(provider(config))).identity).toEqual({ name, role: "operator" });
	});

	test("operator beats viewer, and * makes viewers of everybody else", async () => {
		const rules = { viewerRoles: ["*"], operatorRoles: ["boss"] };
		expect((await signIn(provider(rules))).identity.role).toBe("viewer");
		scripted.claims = { groups: ["x", "boss"] };
		expect((await signIn(provider(rules))).identity.role).toBe("operator");
	});

	test.each<[unknown, OidcProblemCode]>([
		[["SRE"], "no_role"],
		[{ sre: true }, "no_role"],
		[7, "no_role"],
		[[["sre"]], "no_role"],
		["presre", "no_role"],
	])("groups %j let nobody in", async (groups, code) => {
		scripted.claims = { groups };
		expect((await problem(signIn())).code).toBe(code);
	});

	test.each(["a\u202eb", "a\nb", "x".repeat(121)])("a name like %j goes on no record", async (email) => {
		scripted.claims = { email, groups: ["sre"] };
		expect((await problem(signIn())).code).toBe("no_name");
	});
});

describe("an answer that does not hold signs nobody in", () => {
	test.each<[string, (one: ScriptedProvider) => void]>([
		["another nonce", (one) => (one.claims = { nonce: "another" })],
		["no nonce", (one) => (one.claims = { nonce: undefined })],
		["another issuer", (one) => (one.claims = { iss: "http://127.0.0.1:1" })],
		["for another client", (one) => (one.claims = { aud: "another" })],
		["long over", (one) => (one.claims = { exp: 1_000_000 })],
		["a signature by another key", (one) => (one.isForged = true)],
	])("%s", async (_, spoil) => {
		spoil(scripted);
		const { code, message } = await problem(signIn());
		expect(code).toBe("invalid");
		expect(message).not.toContain(SECRET);
	});

	test("another state", async () => {
		expect((await problem(signIn(provider(), { state: "another" }))).code).toBe("invalid");
		expect(scripted.asked).not.toContain("POST /token");
	});

	test("nobody follows a redirect, to the token endpoint least of all", async () => {
		scripted.answers = { "/token": (response) => response.writeHead(307, { location: "/elsewhere" }).end() };
		expect((await problem(signIn())).code).toBe("invalid");
		expect(scripted.asked).not.toContain("POST /elsewhere");
	});

	test("an answer without an end is read up to its bound", async () => {
		scripted.answers = {
			"/token": (response) => {
				response.writeHead(200, { "content-type": "application/json" });
				const more = () => {
					while (response.write(" ".repeat(65_536)));
				};
				response.on("drain", more);
				more();
			},
		};
		const { code, message } = await problem(signIn());
		expect([code, message]).toEqual(["invalid", "an answer of the provider is too long"]);
	});
});

describe("what the provider says against it", () => {
	const says = (error: string) => (response: import("node:http").ServerResponse) =>
		void response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));

	test.each<[string, OidcProblemCode]>([
		["invalid_client", "misconfigured"],
		["invalid_grant", "refused"],
	])("%s", async (error, code) => {
		scripted.answers = { "/token": says(error) };
		const found = await problem(signIn());
		expect([found.code, found.message]).toEqual([code, `the provider said ${error}`]);
	});

	test("that the person said no", async () => {
		const { code } = await problem(signIn(provider(), { error: "access_denied" }));
		expect(code).toBe("refused");
	});

	test.each<[string, Record<string, unknown>]>([
		["another issuer", { issuer: "http://127.0.0.1:1" }],
		["a way in over http:", { authorization_endpoint: "http://login.example.com/" }],
	])("a provider that names %s is not used", async (_, metadata) => {
		scripted.metadata = metadata;
		expect((await problem(provider().begin("/"))).code).toBe("misconfigured");
	});

	test("a token endpoint over http: is shown no secret", async () => {
		scripted.metadata = { token_endpoint: "http://login.example.com/token" };
		expect((await problem(signIn())).code).toBe("misconfigured");
	});

	test("a provider that is not there", async () => {
		const away = provider({ issuer: new URL("http://127.0.0.1:1") });
		const { code, message } = await problem(away.begin("/"));
		expect([code, message]).toEqual(["unreachable", expect.stringContaining("ECONNREFUSED")]);
	});
});

test("what a browser keeps holds for ten minutes, and only as it was made, with these settings", async () => {
	const one = provider();
	const { cookie } = await one.begin("/events?status=dead");
	expect(one.opened(cookie)).toMatchObject({ next: "/events?status=dead" });
	expect(one.opened(`${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}`)).toBeNull();
	expect(one.opened(cookie.replace(/^./, "A"))).toBeNull();
	for (const nothing of ["", ".", "a.b.c", undefined]) expect(one.opened(nothing)).toBeNull();
	for (const other of [{ clientSecret: "another secret of the console" }, { operatorRoles: ["other"] }])
		expect(provider(other).opened(cookie)).toBeNull();
	now += STARTED_MS;
	expect(one.opened(cookie)).toBeNull();
});

test("more than a few at once are turned away, so that nobody makes it a nuisance to the provider", async () => {
	const waiting: (() => void)[] = [];
	scripted.answers = {
		"/.well-known/openid-configuration": (response) => void waiting.push(() => response.writeHead(503).end()),
	};
	const one = provider();
	const settled = Promise.all(Array.from({ length: 40 }, () => problem(one.begin("/"))));
	while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
	for (const answer of waiting) answer();
	const codes = (await settled).map(({ code }) => code);
	expect(codes.filter((code) => code === "busy").length).toBe(24);
	expect(codes.filter((code) => code === "unreachable").length).toBe(16);
});
