import { Client } from "undici";
import type { Connector } from "../connection/connector.ts";

/** How long a connection is watched after its answer. A receiver that answers twice has done so by then. */
const WATCH_MS = 1_000;
/** Watched connections that have to stay silent before connections are used again. */
const SILENT_BEFORE_REUSE = 16;
/** Connections watched at the same time, at most: a busy relay has paid for new connections within about a second. */
const MOST_WATCHED = SILENT_BEFORE_REUSE;
/** After every breach of trust it takes this many times as many. */
const HARDER = 10;

/**
 * Whether a connection may carry a second request. Nothing in an answer says which request it is for: what a receiver
 * sends too much, or too late, would pass for the answer to the next request. So reuse is earned. At first each request
 * has a connection of its own, and some of those are watched for a while after their answer. One that then says
 * anything ends the trust.
 */
export class ConnectionReuse {
	readonly #origin: string;
	readonly #connector: Connector;
	readonly #mostWatched: number;
	readonly #onRevoked: () => void;
	readonly #watched = new Set<Client>();
	#silent = 0;
	#needed = SILENT_BEFORE_REUSE;
	#breaches = 0;

	/**
	 * @param connections how many there may be in all
	 * @param onRevoked called when connections that are open must carry nothing any more
	 */
	constructor(origin: string, connector: Connector, connections: number, onRevoked: () => void) {
		this.#origin = origin;
		this.#connector = connector;
		this.#mostWatched = Math.min(MOST_WATCHED, connections >> 1);
		this.#onRevoked = onRevoked;
	}

	/** Of the connections, how many are kept for watching. */
	get watches(): number {
		return this.#mostWatched;
	}

	get isEarned(): boolean {
		return this.#silent >= this.#needed;
	}

	/** Times that a receiver said something unasked. */
	get breaches(): number {
		return this.#breaches;
	}

	/** A connection for one request, watched afterwards; null: there are enough, or they need not be watched. */
	watchedClient(): { readonly client: Client; readonly onAnswered: () => void } | null {
		if (this.isEarned || this.#watched.size >= this.#mostWatched) return null;
		const client = new Client(this.#origin, {
			connect: this.#connector.open,
			allowH2: false,
			pipelining: 1,
			headersTimeout: 0,
			bodyTimeout: 0,
			keepAliveTimeout: WATCH_MS * 4,
			keepAliveMaxTimeout: WATCH_MS * 4,
		});
		this.#watched.add(client);
		client.on("disconnect", (_origin, _targets, error) => this.#ended(client, error));
		client.on("connectionError", () => this.#release(client));
		return { client, onAnswered: () => this.#watch(client) };
	}

	/** A connection ended. What it said unasked, undici takes for a broken answer. */
	disconnected(error: unknown): void {
		if (!isBreach(error)) return;
		this.#breaches++;
		const wasEarned = this.isEarned;
		this.#silent = 0;
		this.#needed = Math.min(this.#needed * HARDER, Number.MAX_SAFE_INTEGER);
		if (wasEarned) this.#onRevoked();
	}

	/** Ends all that is watched. */
	close(): void {
		for (const client of this.#watched) void client.destroy();
		this.#watched.clear();
	}

	#watch(client: Client): void {
		if (!this.#watched.has(client)) return;
		setTimeout(() => {
			if (this.#watched.has(client)) this.#silent++;
			this.#release(client);
		}, WATCH_MS).unref();
	}

	#ended(client: Client, error: unknown): void {
		this.disconnected(error);
		this.#release(client);
	}

	#release(client: Client): void {
		if (this.#watched.delete(client)) void client.destroy();
	}
}

/** Bytes that were no answer to anything, or no HTTP at all. */
function isBreach(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const { code } = error as { code?: unknown };
	return error.message === "bad response" || (typeof code === "string" && code.startsWith("HPE_"));
}
