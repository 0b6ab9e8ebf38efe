import { Agent, request } from "undici";
import { Connector } from "../connection/connector.ts";
import { type AlertRequest, alertRequest } from "./format.ts";
import type { AlertMessage } from "./message.ts";
import type { AlertTarget } from "./target.ts";

/** Null: the receiver took it. Otherwise a short code: an HTTP status, or what went wrong before there was one. */
export type Problem = string | null;

export type PostAlert = (message: AlertMessage, signal: AbortSignal) => Promise<Problem>;

/** An answer is looked at for its status; of what follows not more than this is received. */
const MOST_ANSWER_BYTES = 16_384;

/** How a receiver is reached. */
export interface Way {
	/** A proxy that opens a tunnel to it; null: directly. A secret. */
	readonly proxy: URL | null;
	/** For all of it: connecting, sending, and the answer. */
	readonly timeoutMs: number;
}

/** Tells messages to one target. */
export function createAlertWebhook(target: AlertTarget, userAgent: string, way: Way): PostAlert {
	return (message, signal) =>
		call({ method: "POST", ...alertRequest(message, target, userAgent, new Date()) }, signal, way);
}

/** Tells something else than an alert. */
export function postJson(message: AlertRequest, signal: AbortSignal, way: Way): Promise<Problem> {
	return call({ method: "POST", ...message }, signal, way);
}

/** Asks for an address, which is how a dead man's switch is told that somebody is alive. */
export function createPing(url: URL, userAgent: string, way: Way): (signal: AbortSignal) => Promise<Problem> {
	return (signal) => call({ method: "GET", url, headers: { "user-agent": userAgent }, body: null }, signal, way);
}

interface Call extends Omit<AlertRequest, "body"> {
	readonly method: "GET" | "POST";
	readonly body: string | null;
}

/**
 * Redirects are not followed: the address is a secret, and so is what is sent there. No error ever tells it.
 */
async function call({ url, ...options }: Call, signal: AbortSignal, { proxy, timeoutMs }: Way): Promise<Problem> {
	// A connection per call: they are far apart.
	const connector = new Connector(timeoutMs, proxy);
	const dispatcher = new Agent({ connections: 1, pipelining: 0, connect: connector.open });
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
		connector.abandon();
		await dispatcher.destroy();
	}
}

function codeOf(error: unknown): string {
	const { code, name } = error as { code?: unknown; name?: unknown };
	if (name === "TimeoutError") return "timeout";
	if (name === "AbortError") return "stopped";
	return typeof code === "string" ? code : "failed";
}
