import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";

/** What a writer of events tells: the ids of one transaction, and how that ended. */
export interface WriterEntry {
	/** Milliseconds of the campaign, as everywhere here. */
	readonly at: number;
	/** `asynchronous`: committed, and a crash of the server may forget it. `unknown`: the answer to COMMIT was lost. */
	readonly as: "committed" | "asynchronous" | "rolled back" | "unknown";
	readonly ids: readonly string[];
}

/** What the receiver tells: the head of a request has come, all of it has, or the event was applied. */
export type ReceiverEntry =
	| { readonly at: number; readonly as: "head"; readonly id: string; readonly path: string }
	| { readonly at: number; readonly as: "request"; readonly id: string; readonly body: string }
	| { readonly at: number; readonly as: "applied"; readonly id: string };

/** Lines of JSON on disk, kept by somebody who is never killed. */
export class Journal<Entry> {
	readonly path: string;
	readonly #stream: WriteStream;
	readonly #startedAt: number;

	constructor(path: string, startedAt: number) {
		this.path = path;
		this.#startedAt = startedAt;
		this.#stream = createWriteStream(path);
	}

	write(entry: WithoutTime<Entry>): void {
		const at = Math.round(performance.now() - this.#startedAt);
		this.#stream.write(`${JSON.stringify({ at, ...entry })}\n`);
	}

	/** Everything written so far can be read. */
	async flush(): Promise<void> {
		await new Promise((resolve) => this.#stream.write("", resolve));
	}

	async close(): Promise<void> {
		this.#stream.end();
		if (!this.#stream.closed) await once(this.#stream, "close");
	}
}

type WithoutTime<Entry> = Entry extends unknown ? Omit<Entry, "at"> : never;

export async function* entriesOf<Entry>(path: string): AsyncGenerator<Entry> {
	for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
		yield JSON.parse(line) as Entry;
}
