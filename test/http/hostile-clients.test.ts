import { afterEach, describe, expect, test } from "vitest";
import { HTTP_LIMITS } from "../../src/http/limits.ts";
import type { HttpServerOptions } from "../../src/http/server.ts";
import { openSocket, rawRequest, readToEnd, statusOf } from "./raw-request.ts";
import { BEARER, closeServers, get, send, start, TOKEN } from "./server-under-test.ts";

afterEach(closeServers);

/** A route that takes a body, as later parts will add. */
const echo: HttpServerOptions["routes"] = (server) => {
	server.post("/api/v1/echo", async (request) => request.body);
};

describe("the Host header", () => {
	test.each([
		["localhost", 200, 200],
		["LOCALHOST:1", 200, 200],
		["127.0.0.1:8787", 200, 200],
		["[::1]:8787", 200, 200],
		["10.1.2.3:8787", 200, 403],
		["[fd00::1]", 200, 403],
		["evil.example", 200, 403],
		["localhost.evil.example", 200, 403],
		["127.0.0.1.evil.example", 200, 403],
		["localhost@evil.example", 200, 403],
	])("%j gets %i on health and %i elsewhere", async (host, health, elsewhere) => {
		const server = await start();
		expect((await get(server, "/livez", { host })).status).toBe(health);
		expect((await get(server, "/metrics", { host, ...BEARER })).status).toBe(elsewhere);
	});

	test("the name that the server was told to listen on is accepted", async () => {
		const server = await start({ host: "localhost" });
		expect((await get(server, "/metrics", { host: "localhost:1", ...BEARER })).status).toBe(200);
	});

	test("an empty host listens on every address", async () => {
		const server = await start({ host: "" });
		const { port } = new URL(server.url);
		expect((await get({ ...server, url: `http://127.0.0.1:${port}` }, "/livez")).status).toBe(200);
	});
});

describe("requests from other sites", () => {
	test.each<[Record<string, string>, number]>([
		[{}, 200],
		[{ "sec-fetch-site": "same-origin" }, 200],
		[{ "sec-fetch-site": "cross-site" }, 403],
		[{ "sec-fetch-site": "same-site" }, 403],
		[{ origin: "https://evil.example" }, 403],
		[{ origin: "null" }, 403],
		[{ origin: "http://localhost", host: "localhost" }, 200],
	])("a POST with %j is answered with %i", async (headers, status) => {
		const server = await start({ routes: echo });
		const json = { "content-type": "application/json" };
		const answer = await send(server, "POST", "/api/v1/echo", { ...BEARER, ...json, ...headers }, '{"a":1}');
		expect(answer.status).toBe(status);
	});
});

describe("bodies", () => {
	const json = { "content-type": "application/json" };

	test("up to the limit are taken, beyond it refused with 413", async () => {
		const server = await start({ routes: echo });
		const document = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));
		const small = await send(server, "POST", "/api/v1/echo", { ...BEARER, ...json }, document(16 * 1024));
		const large = await send(server, "POST", "/api/v1/echo", { ...BEARER, ...json }, document(16 * 1024 + 1));
		expect([small.status, large.status]).toEqual([200, 413]);
	});

	test("a chunked body is cut at the limit, however long it goes on", async () => {
		const server = await start({ routes: echo });
		const socket = await openSocket(server.url);
		const answer = readToEnd(socket);
		socket.write(
			"POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
				`Authorization: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n`,
		);
		// One chunk too many, and no end: the server does not wait for one.
		for (let sent = 0; sent <= HTTP_LIMITS.bodyBytes; sent += 0x2000) socket.write(`2000\r\n${"x".repeat(0x2000)}\r\n`);
		expect(statusOf(await answer)).toBe(413);
	});

	test.each(["/livez", "/metrics", "/nothing"])("an announced huge body on %s is refused unread", async (path) => {
		const server = await start();
		const headers = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n`;
		expect(statusOf(await rawRequest(server.url, headers))).toBe(413);
	});

	test("a chunked body that nobody reads ends the connection with the answer", async () => {
		const server = await start();
		const headers = "POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
		expect(statusOf(await rawRequest(server.url, headers))).toBe(405);
	});

	test("what is not JSON is a 4xx with an explanation", async () => {
		const server = await start({ routes: echo });
		const broken = await send(server, "POST", "/api/v1/echo", { ...BEARER, ...json }, "{");
		const form = { "content-type": "application/x-www-form-urlencoded" };
		const other = await send(server, "POST", "/api/v1/echo", { ...BEARER, ...form }, "a=1");
		expect([broken.status, other.status]).toEqual([400, 415]);
	});
});

describe("slow and broken clients", () => {
	const impatient = { ...HTTP_LIMITS, headersTimeoutMs: 100, requestTimeoutMs: 200 };

	test("headers that never end are given up", async () => {
		const server = await start({}, impatient);
		expect(statusOf(await rawRequest(server.url, "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))).toBe(408);
	});

	test("a body that never comes is given up, and others are served meanwhile", async () => {
		const server = await start({ routes: echo }, impatient);
		const slow = rawRequest(
			server.url,
			"POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
				`Authorization: Bearer ${TOKEN}\r\nContent-Length: 10\r\n\r\n{`,
		);
		expect((await get(server, "/livez")).status).toBe(200);
		expect(statusOf(await slow)).toBe(408);
	});

	test("a connection that says nothing is closed", async () => {
		const server = await start({}, { ...HTTP_LIMITS, idleTimeoutMs: 100 });
		expect(await readToEnd(await openSocket(server.url))).not.toMatch(/HTTP\/1\.1 200/);
		expect((await get(server, "/livez")).status).toBe(200);
	});

	test("of connections over the limit the one that has been silent longest is closed", async () => {
		const server = await start({}, { ...HTTP_LIMITS, connections: 1 });
		const first = readToEnd(await openSocket(server.url));
		const second = await openSocket(server.url);
		expect(await first).toBe("");
		second.destroy();
	});

	test.each([
		"nonsense\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	])("%j is a 400", async (bytes) => {
		const answer = await rawRequest((await start()).url, bytes);
		expect(statusOf(answer)).toBe(400);
		expect(answer).not.toMatch(/node_modules|\.ts|\.js/);
	});

	test("headers beyond 16 KiB are a 431", async () => {
		const bytes = `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`;
		expect(statusOf(await rawRequest((await start()).url, bytes))).toBe(431);
	});
});
