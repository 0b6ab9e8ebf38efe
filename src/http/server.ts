import type { IncomingMessage, ServerResponse } from "node:http";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Access } from "../access/access.ts";
import { isLoopback } from "../config/value.ts";
import { MOST_BYTES } from "../identifier.ts";
import { type Logger, logEvents } from "../log.ts";
import { Capacity } from "./capacity.ts";
import { clientAddress, plainAddress, trustedProxies } from "./client-address.ts";
import { type Admission, type Audience, createGuard, type Refusal } from "./guard.ts";
import { boundedHealth, type Readiness } from "./health.ts";
import { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { hostsOf, nodeServer, originForm } from "./node-server.ts";
import { sendProblem } from "./problem.ts";

/** With every answer. Pages may use what this server serves and nothing else, and no other site may show them. */
const SAFE_HEADERS = {
	"cache-control": "no-store",
	"content-security-policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
	"referrer-policy": "no-referrer",
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
} as const;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
const FORWARDING_HEADERS = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];
/** Load balancers ask by any of these; HAProxy by OPTIONS if not told otherwise. */
const HEALTH_METHODS = ["GET", "HEAD", "OPTIONS"] as const;

export const INTERNAL_ERROR = {
	status: 500,
	code: "internal_error",
	detail: "something went wrong here; the log has the details",
} as const;

const FULL: Refusal = {
	status: 503,
	code: "too_busy",
	message: "too many requests are being answered",
	retryAfterS: 5,
};

export interface HttpServerOptions {
	/** Name or address to listen on; empty means every address of the machine. */
	readonly host: string;
	/** 0 takes a free port. */
	readonly port: number;
	/** Who is let in. Without it only health is served. */
	readonly access?: Access;
	/** Further names under which it may be asked for, in lower case. */
	readonly allowedHosts?: readonly string[];
	/** Addresses and networks of proxies whose X-Forwarded-For counts. Default: none. */
	readonly trustedProxies?: readonly string[];
	/** Called for `/readyz`, one at a time. */
	readonly health: () => Promise<Readiness>;
	/** What strangers are shown of it. Default: all. */
	readonly publicHealth?: (report: Readiness) => Readiness;
	/** The metrics in Prometheus' text format. Left out: there is no `/metrics`. */
	readonly metrics?: () => Promise<string>;
	/**
	 * Adds further routes, all behind the token but those that are {@link isOpen}. Bodies are parsed as JSON and limited.
	 */
	readonly routes?: (server: FastifyInstance) => void | Promise<void>;
	/** Of the further routes, those for everybody. */
	readonly isOpen?: (method: string, path: string) => boolean;
	readonly logger: Logger;
}

declare module "fastify" {
	interface FastifyRequest {
		/** Who sends it, and until when; nobody in particular for what is open to everybody. */
		admission: Admission;
		/** Where it comes from: the other end of the connection, or what a trusted proxy says. */
		clientAddress: string;
	}
}

export interface HttpServer {
	/** Where it listens, e.g. `http://127.0.0.1:8787`; the port is the real one. */
	readonly url: string;
	/** Stops listening and cuts what is open. May be called more than once. */
	close(): Promise<void>;
}

/**
 * Starts the relay's HTTP server: `/livez` and `/readyz` for everybody, `/metrics` and further routes behind the token.
 *
 * @param limits Default {@link HTTP_LIMITS}.
 * @throws What listening throws (`EADDRINUSE`, `EACCES`, …).
 */
export async function startHttpServer(options: HttpServerOptions, limits = HTTP_LIMITS): Promise<HttpServer> {
	const server = await prepareServer(options, limits);
	const url = await server.listen({ host: options.host, port: options.port });
	logEvents.httpListening(options.logger, { url });
	return { url, close: async () => await server.close() };
}

/** A server that is part of another one: it does not listen, and is handed its requests. */
export interface HttpHandler {
	handle(request: IncomingMessage, response: ServerResponse): void;
	close(): Promise<void>;
}

export async function createHttpHandler(options: HttpServerOptions, limits = HTTP_LIMITS): Promise<HttpHandler> {
	const server = await prepareServer(options, limits);
	await server.ready();
	return { handle: (request, response) => server.routing(request, response), close: async () => await server.close() };
}

async function prepareServer(options: HttpServerOptions, limits: HttpLimits): Promise<FastifyInstance> {
	const server = createServer(options, limits);
	addHealth(server, boundedHealth(options.health, limits.healthDeadlineMs), options);
	const { metrics } = options;
	if (metrics !== undefined) {
		server.get("/metrics", async (_request, reply) => {
			return await reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics());
		});
	}
	await options.routes?.(server);
	return server;
}

function createServer(options: HttpServerOptions, limits: HttpLimits): FastifyInstance {
	const capacity = new Capacity(limits.connections, limits.reservedForHealth);
	const server = Fastify({
		logger: false,
		bodyLimit: limits.bodyBytes,
		serverFactory: (handle) => nodeServer(handle, capacity, limits),
		rewriteUrl: ({ url = "/" }) => originForm(url),
		// The longest id, each of its bytes percent-encoded.
		routerOptions: { maxParamLength: 3 * MOST_BYTES },
		forceCloseConnections: true,
		// An address that cannot be decoded never reaches the hooks below.
		frameworkErrors: (_error, _request, reply) => {
			const answer = reply.header("cache-control", "no-store") as FastifyReply;
			return sendProblem(answer, { status: 400, code: "malformed_request", detail: "malformed request" });
		},
	});
	const routes: Route[] = [];
	// Before any route is added: which methods a path knows is asked of all of them.
	server.addHook("onRoute", ({ method, url }) => void routes.push({ methods: [method].flat(), url }));
	addGuard(server, options, { capacity, routes, limits });
	server.setNotFoundHandler(async (request, reply) => await answerUnrouted(routes, request, reply));
	server.setErrorHandler<FastifyError>(async (error, request, reply) => {
		await answerError(error, request, reply, options.logger);
	});
	return server;
}

function addGuard(
	server: FastifyInstance,
	options: HttpServerOptions,
	{
		capacity,
		routes,
		limits,
	}: { readonly capacity: Capacity; readonly routes: readonly Route[]; readonly limits: HttpLimits },
): void {
	const judge = createGuard({
		host: options.host,
		allowedHosts: options.allowedHosts ?? [],
		access: options.access ?? null,
		bodyLimitBytes: limits.bodyBytes,
	});
	const audienceOf = (method: string, path: string): Audience => {
		if (/^\/(?:livez|readyz)\/?$/.test(path)) return "health";
		return options.isOpen?.(method, path) ? "open" : "guarded";
	};
	const isTrusted = trustedProxies(options.trustedProxies ?? []);
	server.decorateRequest("admission");
	server.decorateRequest("clientAddress", "");
	server.addHook("onRequest", async (request, reply) => {
		reply.headers(SAFE_HEADERS);
		const { socket, headers } = request;
		request.clientAddress = clientAddress(socket.remoteAddress, headers["x-forwarded-for"], isTrusted);
		const audience = audienceOf(request.method, pathOf(request));
		if (audience !== "health" && !capacity.take(reply.raw)) return await refuse(request, reply, FULL);
		const verdict = judge({
			method: request.method,
			hosts: hostsOf(request),
			headers,
			query: request.query as Record<string, unknown>,
			localAddress: socket.localAddress,
			clientAddress: request.clientAddress,
			audience,
		});
		if ("refusal" in verdict) return await refuse(request, reply, verdict.refusal);
		request.admission = verdict.admission;
		// Before the body is looked at: an unknown path must not be a way to have one parsed.
		if (request.is404) return await answerUnrouted(routes, request, reply);
	});
}

function addHealth(
	server: FastifyInstance,
	health: ReturnType<typeof boundedHealth>,
	{ access, publicHealth = (report) => report }: Pick<HttpServerOptions, "access" | "publicHealth">,
): void {
	const method = [...HEALTH_METHODS];
	for (const url of ["/livez", "/livez/"]) server.route({ method, url, handler: async () => ({ live: true }) });
	for (const url of ["/readyz", "/readyz/"]) {
		server.route({
			method,
			url,
			handler: async (request, reply) => {
				const report = await health();
				const shown = isStranger(request, access) ? publicHealth(report) : report;
				return await reply.code(report.ready ? 200 : 503).send(shown);
			},
		});
	}
}

/** Who has no token and is not at this machine. What a proxy at this machine hands on may be anybody's. */
function isStranger({ headers, socket, clientAddress }: FastifyRequest, access: Access | undefined): boolean {
	const isForwarded = FORWARDING_HEADERS.some((name) => headers[name] !== undefined);
	if (!isForwarded && isLoopback(plainAddress(socket.remoteAddress) ?? "")) return false;
	const entry = access?.enter(headers, clientAddress);
	return entry?.kind !== "token" && entry?.kind !== "session";
}

function pathOf(request: FastifyRequest): string {
	return request.url.split("?", 1)[0] ?? "";
}

/** Turns a request away before its body is read. */
export async function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): Promise<FastifyReply> {
	const { status, code, message, retryAfterS, hint } = refusal;
	if (status === 401) reply.header("www-authenticate", 'Bearer realm="reward-outbox"');
	if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
	closeIfBodyFollows(request, reply);
	return await sendProblem(reply, { status, code, detail: message, hint });
}

/** A body that nobody will read is not received either: the connection ends with the answer. */
function closeIfBodyFollows(request: FastifyRequest, reply: FastifyReply): void {
	const { "content-length": length, "transfer-encoding": encoding } = request.headers;
	if (encoding !== undefined || (length !== undefined && length !== "0")) reply.header("connection", "close");
}

interface Route {
	readonly methods: readonly string[];
	readonly url: string;
}

/** `/events/:id/retry` knows every path with one segment in the place of the name, `/console/*` all that begin so. */
function knowsPath(url: string, path: string): boolean {
	const [wanted, given] = [url.split("/"), path.split("/")];
	const prefix = wanted.at(-1) === "*" ? wanted.slice(0, -1) : wanted;
	if (prefix === wanted ? given.length !== wanted.length : given.length < wanted.length) return false;
	return prefix.every((part, index) => (part.startsWith(":") ? given[index] !== "" : given[index] === part));
}

/** Knows the path but not the method: 405. Knows nothing, or found nothing there: 404. */
async function answerUnrouted(routes: readonly Route[], request: FastifyRequest, reply: FastifyReply) {
	closeIfBodyFollows(request, reply);
	const path = pathOf(request);
	const known = new Set(routes.filter(({ url }) => knowsPath(url, path)).flatMap((route) => route.methods));
	const methods = METHODS.filter((method) => known.has(method));
	const nothing = methods.length === 0 || known.has(request.method);
	if (nothing) return await sendProblem(reply, { status: 404, code: "not_found", detail: "not found" });
	reply.header("allow", methods.join(", "));
	return await sendProblem(reply, { status: 405, code: "method_not_allowed", detail: `use ${methods.join(" or ")}` });
}

/** Errors of the client are explained to it; ours are logged, and the client learns only that there was one. */
async function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, logger: Logger) {
	const status = error.statusCode ?? 500;
	if (status >= 400 && status < 500) {
		closeIfBodyFollows(request, reply);
		return await sendProblem(reply, { status, code: clientErrorCode(error, status), detail: error.message });
	}
	logEvents.httpFailed(logger, { method: request.method, route: request.routeOptions.url ?? "", err: error });
	return await sendProblem(reply, INTERNAL_ERROR);
}

function clientErrorCode(error: FastifyError, status: number): string {
	return status === 413 ? "body_too_large" : (error.code ?? "bad_request").toLowerCase();
}
