import type { ServerResponse } from "node:http";
import type { Ending } from "./chance.ts";
import type { Refusal } from "./event-request.ts";

/** What goes back to whoever asked. */
export interface Answer {
	readonly status: number;
	readonly contentType: "application/json" | "text/plain; charset=utf-8";
	readonly body: string;
	/** Seconds for a Retry-After header; left out for none. */
	readonly retryAfterSeconds?: number;
}

const FAILING = "The sandbox was told to fail";

function json(status: number, body: object): Answer {
	return { status, contentType: "application/json", body: JSON.stringify(body) };
}

export function text(body: string): Answer {
	return { status: 200, contentType: "text/plain; charset=utf-8", body };
}

export function refusal({ status, code, message }: Refusal): Answer {
	return json(status, { error: { code, message } });
}

/** The answer for a request that ends like this; null for a reset. */
export function answerFor(ending: Ending): Answer | null {
	switch (ending) {
		case "success":
			return json(200, { success: true });
		case "error_500":
			return refusal({ status: 500, code: "internal_error", message: FAILING });
		case "error_503":
			return { ...refusal({ status: 503, code: "unavailable", message: FAILING }), retryAfterSeconds: 1 };
		case "reset_before_applying":
		case "reset_after_applying":
			return null;
		default:
			return ending satisfies never;
	}
}

/** Writes the answer, or resets the connection where there is none. */
export function give(response: ServerResponse, answer: Answer | null): void {
	if (answer === null) {
		response.socket?.resetAndDestroy();
		return;
	}
	response.setHeader("Content-Type", answer.contentType);
	response.setHeader("Content-Length", Buffer.byteLength(answer.body));
	if (answer.retryAfterSeconds !== undefined) response.setHeader("Retry-After", answer.retryAfterSeconds);
	response.writeHead(answer.status).end(answer.body);
}
