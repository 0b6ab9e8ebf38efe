import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { isLoopback } from "../config/value.ts";

/** Why a request is turned away. */
export interface Refusal {
	readonly status: 401 | 403 | 404 | 413;
	readonly code: string;
	readonly message: string;
}

/** What the guard looks at. */
export interface GuardedRequest {
	readonly method: string;
	readonly headers: IncomingHttpHeaders;
	readonly query: Readonly<Record<string, unknown>>;
	/** The address of this machine that the connection was made to. */
	readonly localAddress: string | undefined;
	/** `/livez` and `/readyz`: open to everybody. */
	readonly isHealth: boolean;
}

export interface GuardOptions {
	/** The host the server was told to listen on; its name is accepted. */
	readonly host: string;
	/** Without one, everything but health does not exist. */
	readonly adminToken?: string;
	readonly bodyLimitBytes: number;
}

const TOKEN_PARAMETERS = ["token", "access_token", "admin_token", "api_key"];

/** Makes the check that every request passes before anything is read of its body. Returns null to let it in. */
export function createGuard(options: GuardOptions): (request: GuardedRequest) => Refusal | null {
	const isToken = options.adminToken === undefined ? null : tokenCheck(options.adminToken);
	return (request) =>
		refuseHost(request, options.host) ??
		refuseSize(request.headers, options.bodyLimitBytes) ??
		(request.isHealth ? null : (refuseStranger(request, isToken) ?? refuseCrossSite(request)));
}

/**
 * A page on another site can point a name of its own at this address (DNS rebinding), but then that name is what the
 * browser sends as Host. So only names that are known to be ours are accepted.
 */
function refuseHost(request: GuardedRequest, boundHost: string): Refusal | null {
	const host = hostName(request.headers.host);
	if (host !== null && isOwnHost(host, boundHost, request)) return null;
	return { status: 403, code: "host_not_allowed", message: "this host name is not served here" };
}

function isOwnHost(host: string, boundHost: string, request: GuardedRequest): boolean {
	if (isLoopback(host) || host === boundHost.toLowerCase()) return true;
	// No rebinding can put an address there. Probes and scrapers address a pod by its IP, which it cannot know before.
	return isIP(host) !== 0 && (request.isHealth || host === plainAddress(request.localAddress));
}

/** The name in a Host header: in lower case, without port and brackets. Null when it is not one. */
export function hostName(header: string | undefined): string | null {
	const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?$/i.exec(header ?? "");
	return match === null ? null : (match[1] ?? match[2] ?? "").toLowerCase();
}

/** IPv4 connections to a socket of both families show as `::ffff:10.0.0.1`. */
function plainAddress(address: string | undefined): string | undefined {
	return address?.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, "");
}

function refuseSize(headers: IncomingHttpHeaders, limitBytes: number): Refusal | null {
	if (Number(headers["content-length"] ?? 0) <= limitBytes) return null;
	return { status: 413, code: "body_too_large", message: `a request body may have ${limitBytes} bytes at most` };
}

/** The same for paths that exist and paths that do not: what is there is nobody's business without the token. */
function refuseStranger(request: GuardedRequest, isToken: ((presented: string) => boolean) | null): Refusal | null {
	if (isToken === null) return { status: 404, code: "not_found", message: "not found" };
	if (TOKEN_PARAMETERS.some((name) => name in request.query)) {
		// URLs end up in logs and histories. Refused even next to a right header, so that somebody notices.
		return {
			status: 401,
			code: "token_in_url",
			message: "send the token in the Authorization header, never in the URL",
		};
	}
	const match = /^Bearer +([!-~]+)$/i.exec(request.headers.authorization ?? "");
	if (match?.[1] !== undefined && isToken(match[1])) return null;
	return { status: 401, code: "unauthorized", message: "expected Authorization: Bearer <admin token>" };
}

/** Compares digests, which have one length: neither content nor length of the token shows in the time it takes. */
function tokenCheck(token: string): (presented: string) => boolean {
	const expected = digest(token);
	return (presented) => timingSafeEqual(digest(presented), expected);
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}

/** A browser says where a request that changes something comes from; programs say nothing and are let in. */
function refuseCrossSite(request: GuardedRequest): Refusal | null {
	if (request.method === "GET" || request.method === "HEAD") return null;
	const site = request.headers["sec-fetch-site"];
	const { origin, host } = request.headers;
	const isForeign = origin !== undefined && URL.parse(origin)?.host !== host;
	if (!isForeign && (site === undefined || site === "same-origin" || site === "none")) return null;
	return { status: 403, code: "cross_site", message: "requests from other sites are refused" };
}
