import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { Access } from "../../src/access/access.ts";
import type { Token } from "../../src/access/token.ts";
import { Console, type ConsoleOptions } from "../../src/api/console.ts";
import { type HttpServer, startHttpServer } from "../../src/http/server.ts";
import type { Logger } from "../../src/log.ts";
import { READY } from "../http/server-under-test.ts";

export const OPERATOR: Token = { name: "olga", role: "operator", secret: "operator-token-of-olga-for-tests" };
export const VIEWER: Token = { name: "victor", role: "viewer", secret: "viewer-token-of-victor-for-tests" };

export const bearer = ({ secret }: Token) => ({ authorization: `Bearer ${secret}` });

/** A console on a real server, with its own clock for throttling if the test wants one. */
export interface ConsoleUnderTest extends AsyncDisposable {
	readonly server: HttpServer;
	readonly url: string;
	readonly access: Access;
	readonly console: Console;
	/** What it logged. */
	readonly logged: { fields: object; message: string }[];
	close(): Promise<void>;
}

export async function startConsole(
	databaseUrl: string,
	options: Partial<ConsoleOptions> & {
		readonly tokens?: readonly Token[];
		readonly clock?: () => number;
		readonly wallClock?: () => number;
		readonly allowedHosts?: readonly string[];
		readonly trustedProxies?: readonly string[];
	} = {},
): Promise<ConsoleUnderTest> {
	const logged: ConsoleUnderTest["logged"] = [];
	const write = (fields: object, message: string) => void logged.push({ fields, message });
	const logger: Logger = { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
	const {
		tokens = [OPERATOR, VIEWER],
		clock = () => performance.now(),
		wallClock = () => Date.now(),
		...rest
	} = options;
	const access = new Access({ tokens, clock, wallClock });
	const console = new Console({ databaseUrl, access, defaultMaxAttempts: 20, logger, pageFolders: [], ...rest });
	const server = await startHttpServer({
		host: "127.0.0.1",
		port: 0,
		access,
		allowedHosts: options.allowedHosts ?? [],
		trustedProxies: options.trustedProxies ?? [],
		health: async () => READY,
		metrics: async () => "reward_outbox_up 1\n",
		routes: (fastify) => console.addTo(fastify),
		isOpen: (method, path) => console.isOpen(method, path),
		logger,
	});
	const close = async () => {
		await server.close();
		await console.close();
	};
	return { server, url: server.url, access, console, logged, close, [Symbol.asyncDispose]: close };
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	/** The body as JSON. */
	// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
	readonly json: any;
}

/** One request, with exactly these headers. */
export async function send(
	{ url }: { readonly url: string },
	method: string,
	path: string,
	headers: Record<string, string> = {},
	body?: unknown,
): Promise<Answer> {
	const response = await open({ url }, method, path, headers, body);
	// Not as text: that would take a byte order mark away.
	const said = (await buffer(response)).toString();
	const isJson =
		/json/.test(response.headers["content-type"] ?? "") && !/ndjson/.test(response.headers["content-type"] ?? "");
	return {
		status: response.statusCode ?? 0,
		headers: response.headers,
		text: said,
		json: isJson && said !== "" ? JSON.parse(said) : undefined,
	};
}

/** The same, with the answer's body still to be read. */
export async function open(
	{ url }: { readonly url: string },
	method: string,
	path: string,
	headers: Record<string, string> = {},
	body?: unknown,
): Promise<IncomingMessage> {
	const outgoing = httpRequest(`${url}${path}`, { method, headers, agent: false });
	if (body === undefined) outgoing.end();
	else {
		outgoing.setHeader("content-type", "application/json");
		outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
	}
	const [response] = await once(outgoing, "response");
	return response;
}

/** Requests as one of the tokens. */
export function as(token: Token, target: { readonly url: string }) {
	const path = (p: string) => (p.startsWith("/metrics") ? p : `/api/v1${p}`);
	return {
		get: (p: string) => send(target, "GET", path(p), bearer(token)),
		post: (p: string, body: unknown = {}) => send(target, "POST", path(p), bearer(token), body),
		patch: (p: string, body: unknown) => send(target, "PATCH", path(p), bearer(token), body),
		put: (p: string, body: unknown) => send(target, "PUT", path(p), bearer(token), body),
	};
}
