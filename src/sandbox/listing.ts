import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Application } from "./ledger.ts";

/** Lists that are being read at once; whoever asks for another one waits. */
const AT_ONCE = 8;
/** The connection of a reader that takes nothing for this long is cut. Milliseconds. */
const PATIENCE_MS = 30_000;
/** Events written before the reader has taken them. */
const PIECE = 100;

/** What stands in front of the events. */
export interface Counts {
	readonly total: number;
	readonly duplicates: number;
	readonly webhooks_given_up: number;
}

/**
 * Hands out lists of what was received, piece by piece at their readers' pace: a large list is never in memory as a
 * whole.
 */
export class Listings {
	readonly #waiting: (() => void)[] = [];
	#running = 0;

	/** @param latest asked when it is this one's turn */
	give(response: ServerResponse, counts: Counts, latest: () => readonly Application[]): void {
		const begin = () => {
			this.#running += 1;
			void write(response, counts, latest()).finally(() => {
				this.#running -= 1;
				this.#waiting.shift()?.();
			});
		};
		if (this.#running < AT_ONCE) begin();
		else this.#waiting.push(begin);
	}
}

async function write(response: ServerResponse, counts: Counts, applications: readonly Application[]): Promise<void> {
	if (response.destroyed) return;
	const { socket } = response;
	response.setTimeout(PATIENCE_MS, () => socket?.destroy());
	response.writeHead(200, { "Content-Type": "application/json" });
	try {
		await pipeline(Readable.from(textOf(counts, applications)), response);
	} catch {
		// The reader has gone, and nobody is left to be told.
		response.destroy();
	} finally {
		socket?.setTimeout(0);
	}
}

function* textOf(counts: Counts, applications: readonly Application[]): Generator<string> {
	yield `${JSON.stringify(counts).slice(0, -1)},"events":[`;
	for (let from = 0; from < applications.length; from += PIECE) {
		const texts = applications.slice(from, from + PIECE).map((application) => JSON.stringify(listed(application)));
		yield (from === 0 ? "" : ",") + texts.join(",");
	}
	yield "]}";
}

function listed(application: Application) {
	return {
		sequence: application.sequence,
		trigger_id: application.triggerId,
		user_id: application.userId,
		idempotency_key: application.idempotencyKey,
		body: application.body,
		received_at: application.receivedAt,
		duplicate_of: application.duplicateOf,
	};
}
