import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { HTTP_LIMITS } from "../../src/http/limits.ts";
import type { HealthReport } from "../../src/relay/health.ts";
import { openSocket, rawRequest, readToEnd, statusOf } from "./raw-request.ts";
import {
	BEARER,
	closeServers,
	get,
	logged,
	READY,
	send,
	start,
	startWithoutToken,
	TOKEN,
} from "./server-under-test.ts";

afterEach(closeServers);

describe("health", () => {
	test("/livez answers without a token and is never cached", async () => {
		const answer = await get(await start(), "/livez");
		expect(answer.status).toBe(200);
		expect(answer.headers["cache-control"]).toBe("no-store");
	});

	test("/readyz shows the report, with 200 when it says ready", async () => {
		const answer = await get(await start(), "/readyz");
		expect(answer.status).toBe(200);
		expect(JSON.parse(answer.body)).toEqual(READY);
	});

	test("/readyz shows the report, with 503 when it does not", async () => {
		const report: HealthReport = {
			ready: false,
			database: { ok: false, error_code: "ECONNREFUSED" },
			listener: { mode: "connecting" },
			paused: { code: "key_refused", reason: "unauthorized" },
		};
		const answer = await get(await start({ health: async () => report }), "/readyz");
		expect(answer.status).toBe(503);
		expect(JSON.parse(answer.body)).toEqual(report);
	});

	test("/readyz shows strangers the public part only: who has a token or is at this machine sees all", async () => {
		const health = async () => ({ ...READY, names: ["of-customers"] });
		const server = await start({ health, publicHealth: ({ ready }) => ({ ready }) });
		const shown = async (headers: Record<string, string> = {}) =>
			JSON.parse((await get(server, "/readyz", headers)).body);
		expect(await shown()).toEqual(await health());
		for (const header of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
			expect(await shown({ [header]: "192.0.2.7" })).toEqual({ ready: true });
			expect(await shown({ [header]: "192.0.2.7", authorization: "Bearer wrong" })).toEqual({ ready: true });
			expect(await shown({ [header]: "192.0.2.7", ...BEARER })).toEqual(await health());
		}
	});

	test("/readyz shows who comes from another machine without a token the public part only", async () => {
		const address = Object.values(networkInterfaces())
			.flat()
			.find((one) => one?.family === "IPv4" && !one.internal)?.address;
		if (address === undefined) return;
		const publicHealth = ({ ready }: { readonly ready: boolean }) => ({ ready });
		const server = await start({ host: "0.0.0.0", health: async () => READY, publicHealth });
		const { port } = new URL(server.url);
		const ask = async (headers = {}) => await (await fetch(`http://${address}:${port}/readyz`, { headers })).json();
		expect(await ask()).toEqual({ ready: true });
		expect(await ask(BEARER)).toEqual(READY);
	});

	test("/readyz answers 503 while the health check hangs, /livez 200, and one check serves every caller", async () => {
		let calls = 0;
		const hanging = Promise.withResolvers<HealthReport>();
		const health = () => {
			calls++;
			return hanging.promise;
		};
		const server = await start({ health }, { ...HTTP_LIMITS, healthDeadlineMs: 50 });
		const [first, second, live] = await Promise.all([
			get(server, "/readyz"),
			get(server, "/readyz"),
			get(server, "/livez"),
		]);
		expect([first.status, second.status, live.status]).toEqual([503, 503, 200]);
		expect(JSON.parse(first.body)).toMatchObject({ ready: false, error: { code: "health_timeout" } });
		expect(calls).toBe(1);
		hanging.resolve(READY);
		await hanging.promise;
		expect((await get(server, "/readyz")).status).toBe(200);
	});

	test("/readyz tells nothing about why a health check failed", async () => {
		const health = async () => {
			throw new Error("password authentication failed for user secret-user");
		};
		const answer = await get(await start({ health }), "/readyz");
		expect(answer.status).toBe(503);
		expect(answer.body).not.toContain("secret-user");
	});

	test("HEAD works on health, other methods are 405 and say which are not", async () => {
		const server = await start();
		expect((await send(server, "HEAD", "/livez")).status).toBe(200);
		const answer = await send(server, "POST", "/livez");
		expect(answer.status).toBe(405);
		expect(answer.headers.allow).toBe("GET, HEAD, OPTIONS");
	});
});

describe("the token", () => {
	test("a right bearer token opens /metrics", async () => {
		const answer = await get(await start(), "/metrics", BEARER);
		expect(answer.status).toBe(200);
		expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
		expect(answer.body).toBe("reward_outbox_up 1\n");
	});

	test.each<[string, string, Record<string, string>]>([
		["no token", "/metrics", {}],
		["a wrong token", "/metrics", { authorization: "Bearer wrong" }],
		["a prefix of the token", "/metrics", { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
		["another scheme", "/metrics", { authorization: `Basic ${TOKEN}` }],
		["an empty token", "/metrics", { authorization: "Bearer " }],
		["the token in the query", `/metrics?token=${TOKEN}`, {}],
		["the token in the query next to a right header", `/metrics?token=${TOKEN}`, BEARER],
		["an unknown path without a token", "/nothing", {}],
		["a path that tries to look like health", "/livez/../metrics", {}],
		["health with something behind it", "/livez/metrics", {}],
	])("%s is refused with 401", async (_name, path, headers) => {
		const server = await start();
		const request = [`GET ${path} HTTP/1.1`, "Host: localhost", "Connection: close"];
		for (const [name, value] of Object.entries(headers)) request.push(`${name}: ${value}`);
		const answer = await rawRequest(server.url, `${request.join("\r\n")}\r\n\r\n`);
		expect(statusOf(answer)).toBe(401);
		expect(answer).not.toContain("reward_outbox_up");
		expect(answer).not.toContain(TOKEN);
	});

	test("with the token, unknown paths are 404 and wrong methods 405", async () => {
		const server = await start();
		expect((await get(server, "/nothing", BEARER)).status).toBe(404);
		expect((await send(server, "DELETE", "/metrics", BEARER)).status).toBe(405);
	});

	test("without a configured token only health exists", async () => {
		const server = await startWithoutToken();
		expect((await get(server, "/metrics", BEARER)).status).toBe(404);
		expect((await send(server, "POST", "/anything")).status).toBe(404);
		expect((await get(server, "/livez")).status).toBe(200);
	});
});

describe("failures of our own", () => {
	test("answer 500 without the reason, which goes to the log", async () => {
		const metrics = async () => {
			throw new Error("relation secret_table does not exist");
		};
		const answer = await get(await start({ metrics }), "/metrics", BEARER);
		expect(answer.status).toBe(500);
		expect(answer.body).not.toContain("secret_table");
		expect(logged.map((line) => line.message)).toContain("http request failed");
	});

	test("a port that is taken rejects with its code", async () => {
		const { port } = new URL((await start()).url);
		await expect(start({ port: Number(port) })).rejects.toMatchObject({ code: "EADDRINUSE" });
	});

	test("close cuts open connections and may be called twice", async () => {
		const server = await start();
		const open = await openSocket(server.url);
		const closed = readToEnd(open);
		await server.close();
		await server.close();
		expect(await closed).toBe("");
		await expect(get(server, "/livez")).rejects.toMatchObject({ code: "ECONNREFUSED" });
	});
});
