import type { IncomingHttpHeaders } from "node:http";

/** A refusal in the documented form. */
export interface Refusal {
	readonly status: number;
	readonly code: string;
	readonly message: string;
}

/** Whom an event is for, as the path says. */
export interface Target {
	readonly triggerId: string;
	readonly userId: string;
}

const EVENT_PATH = /^\/v1\/triggers\/([^/]+)\/users\/([^/]+)\/events$/;
const ANY_KEY = /^sk_(?:test|live)_.+$/;

/**
 * Reads the ids from the raw path; null when it is the path of something else. The path must not have been decoded or
 * normalised before: `%2F` inside an id is part of the id.
 */
export function readTarget(rawPath: string): Target | Refusal | null {
	const [, trigger, user] = EVENT_PATH.exec(rawPath) ?? [];
	if (trigger === undefined || user === undefined) return null;
	try {
		return { triggerId: decodeURIComponent(trigger), userId: decodeURIComponent(user) };
	} catch {
		// Its only error: the escapes do not spell UTF-8.
		return { status: 400, code: "invalid_path", message: "The ids in the path must be URL-encoded UTF-8" };
	}
}

/** Null when the key is good: one of `apiKeys`, or anything that looks like a Reward key where none are given. */
export function checkKey(headers: IncomingHttpHeaders, apiKeys: ReadonlySet<string> | null): Refusal | null {
	const [, key = ""] = /^Bearer (\S+)$/i.exec(headers.authorization ?? "") ?? [];
	const known = apiKeys === null ? ANY_KEY.test(key) : apiKeys.has(key);
	return known
		? null
		: { status: 401, code: "unauthorized", message: "A valid API key is needed: Authorization: Bearer sk_…" };
}

/** What a request's body means, or why it is refused. */
export function readBody(text: string): { readonly value: number | undefined } | Refusal {
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch {
		return { status: 400, code: "invalid_json", message: "The body must be JSON" };
	}
	if (typeof body !== "object" || body === null || Array.isArray(body)) {
		return { status: 400, code: "invalid_body", message: "The body must be a JSON object" };
	}
	const { value } = body as { readonly value?: unknown };
	if (value === undefined || typeof value === "number") return { value };
	return { status: 400, code: "invalid_field", message: "value must be a number" };
}

export function isRefusal(result: object | null): result is Refusal {
	return result !== null && "status" in result;
}
