import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { HTTP_LIMITS } from "../../src/http/limits.ts";
import type { HttpServer, HttpServerOptions } from "../../src/http/server.ts";
import { openSocket, rawRequest, readToEnd, statusOf } from "./raw-request.ts";
import { BEARER, closeServers, get, start, TOKEN } from "./server-under-test.ts";

const opened: Socket[] = [];

afterEach(async () => {
	for (const socket of opened.splice(0)) socket.destroy();
	await closeServers();
});

const request = (path: string, more = "") =>
	`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n${more}\r\n`;

async function openMany(server: HttpServer, count: number): Promise<Socket[]> {
	const sockets = await Promise.all(Array.from({ length: count }, () => openSocket(server.url)));
	opened.push(...sockets);
	return sockets;
}

/** A route whose answers are begun when the test says so. */
function held() {
	const waiting: (() => void)[] = [];
	const begun = { count: 0, most: 0, open: 0 };
	const routes: HttpServerOptions["routes"] = (server) => {
		server.get("/api/v1/held/:n", async (asked) => {
			begun.count += 1;
			begun.open += 1;
			begun.most = Math.max(begun.most, begun.open);
			await new Promise<void>((resolve) => waiting.push(resolve));
			begun.open -= 1;
			return asked.params;
		});
	};
	return { routes, waiting, begun };
}

async function until(holds: () => boolean): Promise<void> {
	while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe("health has room", () => {
	test("beside 256 connections that were kept open after an answer, and 256 that said nothing", async () => {
		const server = await start();
		for (const socket of await openMany(server, HTTP_LIMITS.connections)) {
			socket.write(request("/livez"));
			await once(socket, "data");
		}
		expect((await get(server, "/readyz")).status).toBe(200);
		await openMany(server, HTTP_LIMITS.connections);
		expect((await get(server, "/livez")).status).toBe(200);
		expect((await get(server, "/metrics", BEARER)).status).toBe(200);
	});

	test("while all that may be asked is being asked: that is refused with 503, and served again afterwards", async () => {
		const { routes, waiting, begun } = held();
		const limits = { ...HTTP_LIMITS, connections: 6, reservedForHealth: 2 };
		const server = await start({ routes }, limits);
		for (const socket of await openMany(server, 4)) socket.write(request("/api/v1/held/1"));
		await until(() => begun.count === 4);
		const refused = await get(server, "/metrics", BEARER);
		expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
		expect((await get(server, "/livez")).status).toBe(200);
		for (const answer of waiting) answer();
		await until(() => begun.open === 0);
		expect((await get(server, "/metrics", BEARER)).status).toBe(200);
	});

	test("and what is under way is not cut off for a newcomer", async () => {
		const { routes, waiting, begun } = held();
		const server = await start({ routes }, { ...HTTP_LIMITS, connections: 3, reservedForHealth: 1 });
		const [busy] = (await openMany(server, 1)) as [Socket];
		busy.write(request("/api/v1/held/1", "Connection: close\r\n"));
		await until(() => begun.count === 1);
		const answer = readToEnd(busy);
		await openMany(server, 10);
		waiting[0]?.();
		expect(statusOf(await answer)).toBe(200);
	});
});

describe("requests sent ahead on one connection", () => {
	test("are answered one after the other, in their order", async () => {
		const { routes, waiting, begun } = held();
		const { url } = await start({ routes });
		const paths = Array.from({ length: 50 }, (_, n) => `/api/v1/held/${n}`);
		const last = request("/api/v1/held/last", "Connection: close\r\n");
		const answers = rawRequest(url, paths.map((path) => request(path)).join("") + last);
		for (let n = 0; n <= 50; n += 1) {
			await until(() => waiting.length > 0);
			waiting.shift()?.();
		}
		const order = [...(await answers).matchAll(/\{"n":"(\w+)"\}/g)].map(([, n]) => n);
		expect(order).toEqual([...paths.keys(), "last"].map(String));
		expect(begun.most).toBe(1);
	});

	test("beyond a measure cut the connection off", async () => {
		const { routes, begun } = held();
		const server = await start({ routes });
		const [socket] = (await openMany(server, 1)) as [Socket];
		const closed = readToEnd(socket);
		socket.write(request("/api/v1/held/1").repeat(500));
		await closed;
		expect(begun.count).toBeLessThanOrEqual(1);
		expect((await get(server, "/livez")).status).toBe(200);
	});

	test("are not begun before the answer before has been taken", async () => {
		let begun = 0;
		const routes: HttpServerOptions["routes"] = (server) => {
			server.get("/api/v1/large", async () => {
				begun += 1;
				return "x".repeat(8 * 1024 * 1024);
			});
		};
		const server = await start({ routes });
		const [socket] = (await openMany(server, 1)) as [Socket];
		socket.pause();
		socket.write(request("/api/v1/large").repeat(20));
		await until(() => begun > 0);
		// Many more turns of the loop than twenty answers would need.
		for (let n = 0; n < 20; n += 1) expect((await get(server, "/livez")).status).toBe(200);
		expect(begun).toBe(1);
	});
});
