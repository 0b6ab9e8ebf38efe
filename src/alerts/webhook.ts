import { Agent, request } from "undici";
import type { DueAlert } from "../store/alerts.ts";

/** What the receiver gets. It never holds a payload or a user: triggers and relays are named, no event is. */
export interface AlertMessage
	extends Pick<DueAlert, "status" | "code" | "subject" | "severity" | "title" | "remedy" | "database"> {
	/** ISO 8601. */
	readonly since: string;
	/** Who sends it. */
	readonly relay: string;
	/** ISO 8601: when it was decided, by the database's clock. */
	readonly at: string;
}

/** Null: the receiver took it. Otherwise a short code: an HTTP status, or what went wrong before there was one. */
export type PostAlert = (message: AlertMessage, signal: AbortSignal) => Promise<string | null>;

/** An answer is looked at for its status; of what follows not more than this is received. */
const MOST_ANSWER_BYTES = 16_384;

/**
 * Posts messages to one address. Redirects are not followed: the address is a secret, and so is what is sent there. No error
 * ever tells it.
 */
export function createAlertWebhook(url: URL, userAgent: string, timeoutMs: number): PostAlert {
	return async (message, signal) => {
		// A connection per message: they are minutes apart at least.
		const dispatcher = new Agent({ connections: 1, pipelining: 0 });
		try {
			const { statusCode, body } = await request(url, {
				method: "POST",
				headers: { "content-type": "application/json", "user-agent": userAgent },
				body: JSON.stringify(message),
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
	};
}

function codeOf(error: unknown): string {
	const { code, name } = error as { code?: unknown; name?: unknown };
	if (name === "TimeoutError") return "timeout";
	if (name === "AbortError") return "stopped";
	return typeof code === "string" ? code : "failed";
}
