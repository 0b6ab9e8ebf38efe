import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Capacity } from "../http/capacity.ts";
import { HTTP_LIMITS, type HttpLimits } from "../http/limits.ts";
import { nodeServer, originForm } from "../http/node-server.ts";
import { type Logger, logEvents } from "../log.ts";
import { receiveBody } from "./receive-body.ts";
import { WebhookPath } from "./webhook-path.ts";

/** A webhook has some two hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** Webhooks that are being read or written at once; a further one is sent again by Reward. */
const MOST_AT_ONCE = 64;
const LIMITS: HttpLimits = { ...HTTP_LIMITS, bodyBytes: MAX_BODY_BYTES, connections: 128, reservedForHealth: 0 };

interface RecordedWebhook {
	readonly received: "recorded" | "known" | "quarantined";
	/** How long ago it happened, as Reward says; null: not known, or of no account. */
	readonly delay_ms: number | null;
}

/** `refused`: Reward is to send it again, or it was too large. */
export type WebhookObserver = (result: RecordedWebhook["received"] | "refused", delayMs: number | null) => void;

export interface ReceiverParts {
	readonly host: string;
	/** 0 takes a free one. */
	readonly port: number;
	/** The secret end of the path. */
	readonly token: string;
	/** Puts a webhook on disk. Rejects: it is not there. */
	readonly record: (body: Uint8Array) => Promise<RecordedWebhook>;
	/** Is told of each that came by the path. */
	readonly observer: WebhookObserver;
	readonly logger: Logger;
}

/**
 * Takes Reward's webhooks on an address of its own. It acknowledges what is on disk and nothing else, whatever it is;
 * what it is sent is never read here, let alone acted upon.
 */
export class WebhookReceiver {
	readonly #parts: ReceiverParts;
	readonly #path: WebhookPath;
	readonly #server: Server;
	#atOnce = 0;
	#idle: (() => void) | undefined;

	constructor(parts: ReceiverParts) {
		this.#parts = parts;
		this.#path = new WebhookPath(parts.token);
		const capacity = new Capacity(LIMITS.connections, LIMITS.reservedForHealth);
		this.#server = nodeServer((request, response) => void this.#handle(request, response), capacity, LIMITS);
	}

	/** Its origin. @throws what the operating system says when the address cannot be used */
	async listen(): Promise<string> {
		const { host, port } = this.#parts;
		await new Promise<void>((resolve, reject) => {
			this.#server.once("error", reject);
			this.#server.listen(port, host === "" ? undefined : host, resolve);
		});
		const { address, port: taken } = this.#server.address() as AddressInfo;
		const url = `http://${address.includes(":") ? `[${address}]` : address}:${taken}`;
		logEvents.webhooksListening(this.#parts.logger, { url });
		return url;
	}

	/** Another token from now on. True: it is not the one before. */
	replaceToken(token: string): boolean {
		return this.#path.replace(token);
	}

	/** Finishes what is being written, and takes nothing new. May be called twice. */
	async close(): Promise<void> {
		const closed = new Promise((resolve) => this.#server.close(resolve));
		if (this.#atOnce > 0) {
			await new Promise<void>((resolve) => {
				this.#idle = resolve;
			});
		}
		this.#server.closeAllConnections();
		await closed;
	}

	async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		if (!this.#path.matches(originForm(request.url ?? ""))) return answer(response, 404, "not found");
		if (request.method !== "POST") return answer(response, 405, "use POST", { allow: "POST" });
		if (this.#atOnce >= MOST_AT_ONCE) return this.#turnAway(response, 503, "too_many_at_once");
		this.#atOnce += 1;
		try {
			await this.#receive(request, response);
		} finally {
			this.#atOnce -= 1;
			if (this.#atOnce === 0) this.#idle?.();
		}
	}

	async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const body = await receiveBody(request, MAX_BODY_BYTES);
		if (body === "gone") return;
		if (body === "too_large") return this.#turnAway(response, 413, "body_too_large");
		try {
			const { received, delay_ms } = await this.#parts.record(body);
			this.#parts.observer(received, delay_ms);
			if (received === "quarantined") logEvents.webhookQuarantined(this.#parts.logger);
			answer(response, 200, received);
		} catch (error) {
			const { code } = error as { code?: unknown };
			this.#turnAway(response, 503, typeof code === "string" ? code : "database_unreachable");
		}
	}

	#turnAway(response: ServerResponse, status: 413 | 503, code: string): void {
		this.#parts.observer("refused", null);
		logEvents.webhookTurnedAway(this.#parts.logger, { status, error_code: code });
		answer(response, status, code, status === 503 ? { "retry-after": "5" } : {});
	}
}

/** Whatever is not acknowledged ends its connection: a body may still be on its way. */
function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
	const body = JSON.stringify(status === 200 ? { received: text } : { error: text });
	const connection = status === 200 ? {} : { connection: "close" };
	response.writeHead(status, { "content-type": "application/json", ...connection, ...headers }).end(body);
}
