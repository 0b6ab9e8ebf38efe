import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Capacity } from "../http/capacity.ts";
import { HTTP_LIMITS, type HttpLimits } from "../http/limits.ts";
import { nodeServer, originForm } from "../http/node-server.ts";
import { type Logger, logEvents } from "../log.ts";
import { receiveBody } from "./receive-body.ts";
import { type WebhookDoor, WebhookPaths } from "./webhook-path.ts";

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

/** Where the webhooks of one path go. */
export interface WebhookInbox {
	/** Puts a webhook on disk. Rejects: it is not there. */
	readonly record: (body: Uint8Array) => Promise<RecordedWebhook>;
	/** Is told of each that came by the path. */
	readonly observer: WebhookObserver;
	readonly logger: Logger;
}

export interface ReceiverParts {
	readonly host: string;
	/** 0 takes a free one. */
	readonly port: number;
	/** By the secret ends of the paths. */
	readonly doors: readonly WebhookDoor<WebhookInbox>[];
	readonly logger: Logger;
}

/**
 * Takes Reward's webhooks on an address of its own. It acknowledges what is on disk and nothing else, whatever it is;
 * what it is sent is never read here, let alone acted upon.
 */
export class WebhookReceiver {
	readonly #parts: ReceiverParts;
	readonly #paths: WebhookPaths<WebhookInbox>;
	readonly #server: Server;
	#atOnce = 0;
	#idle: (() => void) | undefined;

	constructor(parts: ReceiverParts) {
		this.#parts = parts;
		this.#paths = new WebhookPaths(parts.doors);
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

	/** Other paths from now on. True: they are not those before. */
	replaceDoors(doors: ReceiverParts["doors"]): boolean {
		return this.#paths.replace(doors);
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
		const inbox = this.#paths.find(originForm(request.url ?? ""));
		if (inbox === null) return answer(response, 404, "not found");
		if (request.method !== "POST") return answer(response, 405, "use POST", { allow: "POST" });
		if (this.#atOnce >= MOST_AT_ONCE) return turnAway(inbox, response, 503, "too_many_at_once");
		this.#atOnce += 1;
		try {
			await receive(inbox, request, response);
		} finally {
			this.#atOnce -= 1;
			if (this.#atOnce === 0) this.#idle?.();
		}
	}
}

async function receive(inbox: WebhookInbox, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const body = await receiveBody(request, MAX_BODY_BYTES);
	if (body === "gone") return;
	if (body === "too_large") return turnAway(inbox, response, 413, "body_too_large");
	try {
		const { received, delay_ms } = await inbox.record(body);
		inbox.observer(received, delay_ms);
		if (received === "quarantined") logEvents.webhookQuarantined(inbox.logger);
		answer(response, 200, received);
	} catch (error) {
		const { code } = error as { code?: unknown };
		turnAway(inbox, response, 503, typeof code === "string" ? code : "database_unreachable");
	}
}

function turnAway(inbox: WebhookInbox, response: ServerResponse, status: 413 | 503, code: string): void {
	inbox.observer("refused", null);
	logEvents.webhookTurnedAway(inbox.logger, { status, error_code: code });
	answer(response, status, code, status === 503 ? { "retry-after": "5" } : {});
}

/** Whatever is not acknowledged ends its connection: a body may still be on its way. */
function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
	const body = JSON.stringify(status === 200 ? { received: text } : { error: text });
	const connection = status === 200 ? {} : { connection: "close" };
	response.writeHead(status, { "content-type": "application/json", ...connection, ...headers }).end(body);
}
