import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Capacity } from "./capacity.ts";
import type { HttpLimits } from "./limits.ts";
import { oneAtATime } from "./one-at-a-time.ts";

/** The server below Fastify: with our limits, and one request of a connection at a time. */
export function nodeServer(
	handle: (request: IncomingMessage, response: ServerResponse) => void,
	capacity: Capacity,
	limits: HttpLimits,
): Server {
	const begin = oneAtATime((request, response) => {
		capacity.begun(request.socket, response);
		handle(request, response);
	});
	const server = createServer(
		{
			headersTimeout: limits.headersTimeoutMs,
			requestTimeout: limits.requestTimeoutMs,
			keepAliveTimeout: limits.idleTimeoutMs,
			// How often the timeouts are checked; Node's 30 s would make them meaningless.
			connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
			maxHeaderSize: 16 * 1024,
			// Many a load balancer asks for health without it. The guard looks at it where it matters.
			requireHostHeader: false,
		},
		begin,
	);
	// Nothing here expects anything of a client, so whatever it expects is no reason to refuse it.
	server.on("checkExpectation", begin);
	server.on("connection", (socket) => capacity.opened(socket));
	return server.setTimeout(limits.idleTimeoutMs);
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/** `GET http://10.0.0.1:8787/livez`: to a proxy, and by some load balancers, an address is sent whole. */
export function originForm(url: string): string {
	if (!ABSOLUTE_FORM.test(url)) return url;
	const rest = url.replace(ABSOLUTE_FORM, "");
	return rest.startsWith("/") ? rest : `/${rest}`;
}

/** The hosts that a request names. An address sent whole counts alone: so the standard has it. */
export function hostsOf({ raw, originalUrl }: Pick<FastifyRequest, "raw" | "originalUrl">): string[] {
	const { rawHeaders } = raw;
	const named = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "host");
	const authority = ABSOLUTE_FORM.exec(originalUrl)?.[1];
	return authority === undefined || named.length > 1 ? named : [authority];
}
