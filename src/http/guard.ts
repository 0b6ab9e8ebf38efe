import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Access, NoEntry } from "../access/access.ts";
import type { Identity } from "../access/token.ts";
import { isLoopback } from "../config/value.ts";
import { plainAddress } from "./client-address.ts";

/** Why a request is turned away. */
export interface Refusal {
	readonly status: 400 | 401 | 403 | 404 | 413 | 429 | 503;
	readonly code: string;
	readonly message: string;
	/** With 429 and 503: when to try again. Seconds. */
	readonly retryAfterS?: number;
	/** What to do about it. */
	readonly hint?: string;
}

/** Whom a request may come from. `health`: anybody, by any address. `open`: anybody. `guarded`: who has a token. */
export type Audience = "health" | "open" | "guarded";

/** What the guard looks at. */
export interface GuardedRequest {
	readonly method: string;
	/** The hosts that it names, as they were sent: one, if everything is in order. */
	readonly hosts: readonly string[];
	readonly headers: IncomingHttpHeaders;
	readonly query: Readonly<Record<string, unknown>>;
	/** The address of this machine that the connection was made to. */
	readonly localAddress: string | undefined;
	/** Where it comes from, as far as that is known. */
	readonly clientAddress: string;
	readonly audience: Audience;
}

export interface GuardOptions {
	/** The host the server was told to listen on; its name is accepted. */
	readonly host: string;
	/** Further names that are accepted, in lower case. */
	readonly allowedHosts: readonly string[];
	/** Null: everything but health does not exist. */
	readonly access: Access | null;
	readonly bodyLimitBytes: number;
}

/** Let in, and as whom; null: as nobody in particular. */
export interface Admission {
	readonly identity: Identity | null;
	/** When a session ends by itself, in milliseconds since 1970. */
	readonly expiresAt: number | null;
}

export type Verdict = { readonly refusal: Refusal } | { readonly admission: Admission };

const NOBODY: Verdict = { admission: { identity: null, expiresAt: null } };
const TOKEN_PARAMETERS = ["token", "access_token", "admin_token", "api_key"];

/** Makes the check that every request passes before anything is read of its body. */
export function createGuard(options: GuardOptions): (request: GuardedRequest) => Verdict {
	return (request) => {
		const refusal = refuseHost(request, options) ?? refuseSize(request.headers, options.bodyLimitBytes);
		if (refusal !== null) return { refusal };
		if (request.audience === "health") return NOBODY;
		// The same for paths that exist and paths that do not: what is there is nobody's business without the token.
		if (options.access === null) return refused(404, "not_found", "not found");
		if (request.audience === "guarded") return enter(request, options.access);
		const foreign = changes(request) ? refuseCrossSite(request) : null;
		return foreign === null ? NOBODY : { refusal: foreign };
	};
}

/**
 * A page on another site can point a name of its own at this address (DNS rebinding), but then that name is what the
 * browser sends as Host. So only names that are known to be ours are accepted.
 */
function refuseHost(request: GuardedRequest, options: GuardOptions): Refusal | null {
	const [named, ...further] = request.hosts;
	if (further.length > 0) return TWO_HOSTS;
	// Health tells nobody anything, and a probe asks by whatever name or address it was given, or by none.
	if (request.audience === "health") return null;
	if (named === undefined) return NO_HOST;
	const host = hostName(named);
	return host !== null && isOwnHost(host, options, request) ? null : FOREIGN_HOST;
}

const TWO_HOSTS: Refusal = { status: 400, code: "malformed_request", message: "expected one Host header, not several" };
const NO_HOST: Refusal = { status: 400, code: "malformed_request", message: "expected a Host header" };
const FOREIGN_HOST: Refusal = {
	status: 403,
	code: "host_not_allowed",
	message: "this host name is not served here: REWARD_OUTBOX_ALLOWED_HOSTS does not name it",
	hint: "add the name by which you reach this server to REWARD_OUTBOX_ALLOWED_HOSTS",
};

function isOwnHost(host: string, options: GuardOptions, request: GuardedRequest): boolean {
	if (isLoopback(host) || host === options.host.toLowerCase() || options.allowedHosts.includes(host)) return true;
	// No rebinding can put an address there. Scrapers address a pod by its IP, which it cannot know before.
	return isIP(host) !== 0 && host === plainAddress(request.localAddress);
}

/** The name in a Host header: in lower case, without port and brackets. Null when it is not one. */
export function hostName(header: string | undefined): string | null {
	const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?$/i.exec(header ?? "");
	return match === null ? null : (match[1] ?? match[2] ?? "").toLowerCase();
}

function refuseSize(headers: IncomingHttpHeaders, limitBytes: number): Refusal | null {
	if (Number(headers["content-length"] ?? 0) <= limitBytes) return null;
	return { status: 413, code: "body_too_large", message: `a request body may have ${limitBytes} bytes at most` };
}

function enter(request: GuardedRequest, access: Access): Verdict {
	if (TOKEN_PARAMETERS.some((name) => name in request.query)) {
		// URLs end up in logs and histories. Refused even next to a right header, so that somebody notices.
		return refused(401, "token_in_url", "send the token in the Authorization header, never in the URL");
	}
	const entry = access.enter(request.headers, request.clientAddress);
	if (entry.kind === "refused" || entry.kind === "throttled") return { refusal: refusalOf(entry) };
	const refusal = refuseSite(request, entry.kind) ?? refuseViewer(request, entry.identity);
	return refusal === null ? { admission: { identity: entry.identity, expiresAt: entry.expiresAt } } : { refusal };
}

/** Why somebody is not let in. */
export function refusalOf(entry: NoEntry): Refusal {
	if (entry.kind === "throttled") {
		const retryAfterS = Math.ceil(entry.retryAfterMs / 1000);
		const message = `this token is not valid, and too many wrong ones were presented; try another one in ${retryAfterS} s`;
		return { status: 429, code: "too_many_attempts", message, retryAfterS };
	}
	switch (entry.by) {
		case "nothing":
			return { status: 401, code: "unauthorized", message: "expected Authorization: Bearer <token>, or a session" };
		case "token":
			return { status: 401, code: "unauthorized", message: "this token is not valid" };
		case "session":
			return { status: 401, code: "session_ended", message: "the session has ended: sign in again" };
		default:
			return entry.by satisfies never;
	}
}

function refuseViewer(request: GuardedRequest, { name, role }: Identity): Refusal | null {
	if (role === "operator" || !changes(request)) return null;
	const message = `${name} is a viewer: only an operator may do that`;
	return { status: 403, code: "operators_only", message };
}

function changes({ method }: GuardedRequest): boolean {
	return method !== "GET" && method !== "HEAD";
}

/**
 * A cookie goes with whatever a browser sends, so it counts only for our own pages; a token is sent by whoever has it.
 */
function refuseSite(request: GuardedRequest, by: "token" | "session"): Refusal | null {
	if (by === "token") return changes(request) ? refuseCrossSite(request) : null;
	const { origin, "sec-fetch-site": site } = request.headers;
	// Every browser says at least one of the two with what changes something.
	if (changes(request) && origin === undefined && site === undefined) return CROSS_SITE;
	return refuseCrossSite(request);
}

const CROSS_SITE: Refusal = { status: 403, code: "cross_site", message: "requests from other sites are refused" };

/** A browser says where a request comes from; programs say nothing and are let in. */
function refuseCrossSite(request: GuardedRequest): Refusal | null {
	const { origin, "sec-fetch-site": site } = request.headers;
	const isForeign = origin !== undefined && URL.parse(origin)?.host !== request.hosts[0]?.toLowerCase();
	return !isForeign && (site === undefined || site === "same-origin" || site === "none") ? null : CROSS_SITE;
}

function refused(status: Refusal["status"], code: string, message: string): Verdict {
	return { refusal: { status, code, message } };
}
