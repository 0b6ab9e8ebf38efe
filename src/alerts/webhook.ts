import { Agent, request } from "undici";
import { type AlertRequest, alertRequest } from "./format.ts";
import type { AlertMessage } from "./message.ts";
import type { AlertTarget } from "./target.ts";

/** Null: the receiver took it. Otherwise a short code: an HTTP status, or what went wrong before there was one. */
export type Problem = string | null;

export type PostAlert = (message: AlertMessage, signal: AbortSignal) => Promise<Problem>;

/** An answer is looked at for its status; of what follows not more than this is received. */
const MOST_ANSWER_BYTES = 16_384;

/** Tells messages to one target. */
export function createAlertWebhook(target: AlertTarget, userAgent: string, timeoutMs: number): PostAlert {
	return (message, signal) =>
		call({ method: "POST", ...alertRequest(message, target, userAgent, new Date()) }, signal, timeoutMs);
}

/** Tells something else than an alert. */
export function postJson(message: AlertRequest, signal: AbortSignal, timeoutMs: number): Promise<Problem> {
	return call({ method: "POST", ...message }, signal, timeoutMs);
}

/** Asks for an address, which is how a dead man's switch is told that somebody is alive. */
export function createPing(url: URL, userAgent: string, timeoutMs: number): (signal: AbortSignal) => Promise<Problem> {
	return (signal) => call({ method: "GET", url, headers: { "user-agent": userAgent }, body: null }, signal, timeoutMs);
}

interface Call extends Omit<AlertRequest, "body"> {
	readonly method: "GET" | "POST";
	readonly body: string | null;
}

/**
 * Redirects are not followed: the address is a secret, and so is what is sent there. No error ever tells it.
 */
async function call({ url, ...options }: Call, signal: AbortSignal, timeoutMs: number): Promise<Problem> {
	// A connection per call: they are far apart.
	const dispatcher = new Agent({ connections: 1, pipelining: 0 });
	try {
		const { statusCode, body } = await request(url, {
			...options,
			signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
			dispatcher,
		});
		await body.dump({ limit: MOST_ANSWER_BYTES });
		return statusCode >= 200 && statusCode < 300 ? null : `http_${statusCode}`;
	} catch (error) {
		return codeOf(error);
	} finally {
		await dispatcher.destroy();
	}
}

function codeOf(error: unknown): string {
	const { code, name } = error as { code?: unknown; name?: unknown };
	if (name === "TimeoutError") return "timeout";
	if (name === "AbortError") return "stopped";
	return typeof code === "string" ? code : "failed";
}
