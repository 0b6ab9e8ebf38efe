import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { Access } from "../../src/access/access.ts";
import { HTTP_LIMITS } from "../../src/http/limits.ts";
import { type HttpServer, type HttpServerOptions, startHttpServer } from "../../src/http/server.ts";
import type { Logger } from "../../src/log.ts";
import type { HealthReport } from "../../src/relay/health.ts";

export const TOKEN = "an-admin-token-for-tests";
export const READY: HealthReport = {
	ready: true,
	database: { ok: true, latency_ms: 1 },
	listener: { mode: "listening" },
	paused: null,
};

const servers: HttpServer[] = [];
/** What the server logged during the running test. */
export let logged: { fields: object; message: string }[] = [];

const logger: Logger = (() => {
	const write = (fields: object, message: string) => void logged.push({ fields, message });
	return { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
})();

/** For afterEach: closes what the test started. */
export async function closeServers(): Promise<void> {
	logged = [];
	await Promise.all(servers.splice(0).map((server) => server.close()));
}

/** A server on a free port, with the token and a healthy relay unless told otherwise. */
export async function start(options: Partial<HttpServerOptions> = {}, limits = HTTP_LIMITS): Promise<HttpServer> {
	return await startWithoutToken({ access: accessWith(TOKEN), ...options }, limits);
}

/** Lets in the operator called admin, who has this token. */
function accessWith(secret: string): Access {
	const tokens = [{ name: "admin", role: "operator", secret }] as const;
	return new Access({ tokens, wallClock: () => Date.now(), clock: () => performance.now() });
}

export async function startWithoutToken(
	options: Partial<HttpServerOptions> = {},
	limits = HTTP_LIMITS,
): Promise<HttpServer> {
	const metrics = async () => "reward_outbox_up 1\n";
	const defaults = { host: "127.0.0.1", port: 0, health: async () => READY, metrics, logger };
	const server = await startHttpServer({ ...defaults, ...options }, limits);
	servers.push(server);
	return server;
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** Not fetch: it would not let a test choose the Host header. */
export async function get(server: HttpServer, path: string, headers: Record<string, string> = {}): Promise<Answer> {
	return await send(server, "GET", path, headers);
}

export async function send(
	server: HttpServer,
	method: string,
	path: string,
	headers: Record<string, string> = {},
	body?: string,
): Promise<Answer> {
	const outgoing = httpRequest(new URL(path, server.url), { method, headers, agent: false });
	outgoing.end(body);
	const [response] = await once(outgoing, "response");
	return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

export const BEARER = { authorization: `Bearer ${TOKEN}` };
