import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PER_TOKEN } from "../../src/access/failed-logins.ts";
import { SESSION_MS } from "../../src/access/session.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { ID, ROUTES } from "./all-routes.ts";
import { bearer, type ConsoleUnderTest, OPERATOR, send, startConsole, VIEWER } from "./console-under-test.ts";

const database = useTestDatabase();
const changing = ROUTES.filter(([method]) => method !== "GET");

let console: ConsoleUnderTest;
beforeAll(async () => {
	console = await startConsole(database.current.url, { requestsPerMinute: 100_000 });
});
afterAll(() => console.close());

const api = (method: string, path: string, headers: Record<string, string> = {}, body?: object) =>
	path.startsWith("/events/tail")
		? peek(method, path, headers)
		: send(console, method, `/api/v1${path}`, headers, body);

/** The tail does not end by itself. */
async function peek(method: string, path: string, headers: Record<string, string>) {
	const answer = await fetch(`${console.url}/api/v1${path}`, { method, headers });
	const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream");
	if (isStream) await answer.body?.cancel();
	return { status: answer.status, headers: {} as Record<string, string>, text: isStream ? "" : await answer.text() };
}

async function signIn(token = OPERATOR, headers: Record<string, string> = {}): Promise<string> {
	const answer = await send(console, "POST", "/api/v1/session", headers, { token: token.secret });
	expect(answer.status, answer.text).toBe(200);
	return (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] as string;
}

test("every route of the API is in the list above", async () => {
	const folder = join(import.meta.dirname, "../../src/api/routes");
	const sources = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
	const routes = [...sources.join("\n").matchAll(/api\.(get|post|patch|delete|put)\(\s*"([^"]+)"/g)];
	const listed = new Set(
		ROUTES.map(
			([method, path]) =>
				`${method} ${path
					.replace(/\?.*/, "")
					.replace(ID, ":id")
					.replace(/\/(t|1)\b/, "/:id")
					.replace(/\/w\//, "/:name/")}`,
		),
	);
	const open = [
		"POST /session",
		"DELETE /session",
		"GET /session/ways",
		"GET /session/oidc",
		"GET /session/oidc/callback",
		"GET /session/oidc/end",
	];
	// Where there are many databases: many-consoles.test.ts.
	const ofMany = ["GET /databases", "GET /databases/search"];
	const found = routes.map(([, method, path]) => `${method?.toUpperCase()} ${path}`);
	expect(found.length).toBeGreaterThan(20);
	const known = new Set([...listed, ...open, ...ofMany]);
	expect(found.filter((route) => !known.has(route))).toEqual([]);
});

describe.each(ROUTES)("%s %s", (method, path, body) => {
	const isChange = method !== "GET";

	test("is 401 without a token, and with a wrong one", async () => {
		const fresh = await startConsole(database.current.url);
		try {
			for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: `Basic ${OPERATOR.secret}` }]) {
				const answer = await send(fresh, method, `/api/v1${path}`, headers as Record<string, string>, body);
				expect(answer.status).toBe(401);
				expect(answer.json).toMatchObject({ code: "unauthorized", status: 401 });
				expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
			}
		} finally {
			await fresh.close();
		}
	});

	test(`is ${isChange ? "403" : "answered"} for a viewer`, async () => {
		const { status, text } = await api(method, path, bearer(VIEWER), body);
		if (isChange) expect(JSON.parse(text)).toMatchObject({ status: 403, code: "operators_only" });
		else expect([200, 404]).toContain(status);
	});

	test("is let in for an operator, by token and by session", async () => {
		const origin = { origin: console.url, "sec-fetch-site": "same-origin" };
		for (const headers of [bearer(OPERATOR), { cookie: await signIn(), ...origin }]) {
			expect([200, 201, 202, 404, 409]).toContain((await api(method, path, headers, body)).status);
		}
	});

	test("is refused with the token in the URL, from another site, and under another name", async () => {
		const cookie = await signIn();
		const joint = path.includes("?") ? "&" : "?";
		const inUrl = await api(method, `${path}${joint}token=${OPERATOR.secret}`, bearer(OPERATOR), body);
		expect([inUrl.status, inUrl.text.includes("token_in_url")]).toEqual([401, true]);
		for (const foreign of [
			{ cookie, origin: "https://evil.example" },
			{ cookie, "sec-fetch-site": "cross-site" },
			{ cookie, "sec-fetch-site": "same-site" },
			{ cookie, origin: "null" },
		]) {
			const { status, text } = await api(method, path, foreign as unknown as Record<string, string>, body);
			expect([status, text.includes("cross_site")]).toEqual([403, true]);
		}
		const { status, text } = await send(
			console,
			method,
			`/api/v1${path}`,
			{ ...bearer(OPERATOR), host: "evil.example" },
			body,
		);
		expect([status, text.includes("host_not_allowed")]).toEqual([403, true]);
	});
});

test.each(changing)(
	"%s %s with a cookie alone is refused: a browser says where it comes from",
	async (method, path, body) => {
		const { status, text } = await api(method, path, { cookie: await signIn() }, body);
		expect([status, text.includes("cross_site")]).toEqual([403, true]);
	},
);

describe("a session", () => {
	test("begins with a token and is told who it is", async () => {
		const answer = await send(console, "POST", "/api/v1/session", {}, { token: VIEWER.secret });
		expect(answer.json).toMatchObject({ name: "victor", role: "viewer" });
		expect(Date.parse(answer.json.expires_at) - Date.now()).toBeGreaterThan(SESSION_MS - 60_000);
		const [cookie = ""] = answer.headers["set-cookie"] ?? [];
		expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
		expect(cookie).toContain("Max-Age=43200");
		expect(cookie).not.toContain(VIEWER.secret);
		const { json } = await send(console, "GET", "/api/v1/session", { cookie: cookie.split(";")[0] as string });
		expect(json).toEqual(answer.json);
	});

	test("is Secure when the browser came by https", async () => {
		const headers = { host: "localhost", origin: "https://localhost", "sec-fetch-site": "same-origin" };
		const answer = await send(console, "POST", "/api/v1/session", headers, { token: VIEWER.secret });
		expect(answer.headers["set-cookie"]?.[0]).toContain("; Secure");
	});

	test("ends at its time, and with a logout", async () => {
		let now = Date.now();
		await using own = await startConsole(database.current.url, { wallClock: () => now });
		const answer = await send(own, "POST", "/api/v1/session", {}, { token: VIEWER.secret });
		const cookie = (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] as string;
		now += SESSION_MS - 1000;
		expect((await send(own, "GET", "/api/v1/session", { cookie })).status).toBe(200);
		now += 1000;
		const late = await send(own, "GET", "/api/v1/session", { cookie });
		expect([late.status, late.json.code]).toEqual([401, "session_ended"]);
		const out = await send(own, "DELETE", "/api/v1/session");
		expect(out.status).toBe(204);
		expect(out.headers["set-cookie"]?.[0]).toMatch(/^reward_outbox_session=;.*(Expires=Thu, 01 Jan 1970|Max-Age=0)/);
	});

	test("is good at every relay with the same tokens, and ends with its token", async () => {
		await using other = await startConsole(database.current.url);
		const cookie = await signIn(VIEWER);
		const status = async () => (await send(other, "GET", "/api/v1/session", { cookie })).status;
		expect(await status()).toBe(200);
		other.access.replaceTokens([OPERATOR, { ...VIEWER, secret: "another-secret-of-victor-now" }]);
		expect(await status()).toBe(401);
		other.access.replaceTokens([OPERATOR, { ...VIEWER, role: "operator" }]);
		expect(await status()).toBe(401);
		other.access.replaceTokens([OPERATOR]);
		expect(await status()).toBe(401);
		other.access.replaceTokens([VIEWER]);
		expect(await status()).toBe(200);
	});

	test("cannot be forged", async () => {
		const cookie = await signIn(VIEWER);
		const [name = "", value = ""] = cookie.split("=");
		const [version, who, expiry, mac] = value.split(".") as [string, string, string, string];
		const olga = Buffer.from("olga").toString("base64url");
		for (const forged of [
			[version, olga, expiry, mac],
			[version, who, String(Number(expiry) + 1), mac],
			[version, who, expiry, "A".repeat(43)],
			[version, who, expiry, ""],
			[version, who, expiry],
			["v2", who, expiry, mac],
			["", "", "", ""],
			["x".repeat(5000)],
		]) {
			const answer = await send(console, "GET", "/api/v1/session", { cookie: `${name}=${forged.join(".")}` });
			expect(answer.status).toBe(401);
		}
	});
});

describe("wrong tokens", () => {
	test("have to wait longer and longer, and a right one never does, neither to sign in nor in a header", async () => {
		let now = 0;
		await using own = await startConsole(database.current.url, { clock: () => now, requestsPerMinute: 3 });
		const login = (token: string) => send(own, "POST", "/api/v1/session", {}, { token });
		for (let i = 0; i < PER_TOKEN.burst; i += 1) expect((await login("wrong")).status).toBe(401);
		const waits: number[] = [];
		for (let i = 0; i < 3; i += 1) {
			const answer = await login("wrong");
			expect(answer.status).toBe(429);
			waits.push(Number(answer.headers["retry-after"]));
			now += (waits.at(-1) ?? 0) * 1000;
			expect((await login("wrong")).status).toBe(401);
		}
		expect(waits).toEqual([6, 12, 24]);
		expect((await send(own, "GET", "/api/v1/session", { authorization: "Bearer wrong" })).status).toBe(429);
		expect((await login(OPERATOR.secret)).status).toBe(200);
		expect((await send(own, "GET", "/metrics", bearer(VIEWER))).status).toBe(200);
		expect(JSON.stringify(own.logged)).not.toContain(OPERATOR.secret);
	});

	test("are counted for whom a trusted proxy names, and for the proxy where it is none of ours", async () => {
		for (const [trustedProxies, status] of [
			[["127.0.0.1"], 401],
			[[], 429],
		] as const) {
			await using own = await startConsole(database.current.url, { trustedProxies });
			const login = (from: string) =>
				send(own, "POST", "/api/v1/session", { "x-forwarded-for": from }, { token: "wrong" });
			for (let i = 0; i < PER_TOKEN.burst; i += 1) await login("192.0.2.1");
			// What stands further to the left, anybody may have written.
			expect((await login("192.0.2.2, 192.0.2.1")).status).toBe(429);
			expect((await login("192.0.2.1, 192.0.2.2")).status).toBe(status);
		}
	});

	test("a token that sends too much is told to wait", async () => {
		await using own = await startConsole(database.current.url, { requestsPerMinute: 3 });
		const statuses: number[] = [];
		for (let i = 0; i < 4; i += 1) statuses.push((await send(own, "GET", "/api/v1/session", bearer(VIEWER))).status);
		expect(statuses).toEqual([200, 200, 200, 429]);
		const answer = await send(own, "GET", "/api/v1/session", bearer(VIEWER));
		expect(answer.json).toMatchObject({ code: "too_many_requests", status: 429 });
		expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
		expect((await send(own, "GET", "/api/v1/session", bearer(OPERATOR))).status).toBe(200);
	});
});

test("a console by service name is served when the name is allowed", async () => {
	await using own = await startConsole(database.current.url, { allowedHosts: ["outbox.internal"] });
	const status = async (host: string) =>
		(await send(own, "GET", "/api/v1/session", { ...bearer(VIEWER), host })).status;
	expect(await status("outbox.internal:8787")).toBe(200);
	expect(await status("OUTBOX.internal")).toBe(200);
	expect(await status("evil.outbox.internal")).toBe(403);
});

test("every answer forbids what no page of ours needs", async () => {
	for (const [method, path] of [
		["GET", "/api/v1/overview"],
		["GET", "/console/"],
		["GET", "/api/v1/nothing"],
	] as const) {
		const { headers } = await send(console, method, path, bearer(VIEWER));
		expect(headers["content-security-policy"]).toBe(
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
		);
		expect(headers).toMatchObject({
			"cache-control": "no-store",
			"referrer-policy": "no-referrer",
			"x-content-type-options": "nosniff",
			"x-frame-options": "DENY",
		});
		expect(headers["permissions-policy"]).toBeDefined();
	}
});
