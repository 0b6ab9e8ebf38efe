/** One HTTP request as its bytes arrived; nothing is normalised. */
export interface ScriptedRequest {
	/** Counts the requests of one connection from 1. */
	readonly onConnection: number;
	readonly receivedAt: number;
	readonly method: string;
	/** The request target, undecoded. */
	readonly path: string;
	/** Decoded from the path; empty when the path has another form. */
	readonly triggerId: string;
	readonly userId: string;
	/** Names and values in turn, as sent. */
	readonly rawHeaders: readonly string[];
	/** Names in lower case. */
	readonly headers: ReadonlyMap<string, string>;
	readonly idempotencyKey: string;
	/** Complete once the stage `request` is reached. */
	body: Buffer;
	/** Set by the server: what it will do with this request. */
	reply: unknown;
}

export interface ReaderEvent {
	readonly stage: "head" | "request";
	readonly request: ScriptedRequest;
}

const HEAD_END = "\r\n\r\n";
const EVENT_PATH = /^\/v1\/triggers\/([^/?]*)\/users\/([^/?]*)\/events$/;

/** Reads the requests of one connection. Bodies need a Content-Length, which is what every client of ours sends. */
export class RequestReader {
	#buffered: Buffer = Buffer.alloc(0);
	#current: ScriptedRequest | null = null;
	#count = 0;

	*push(chunk: Buffer): Generator<ReaderEvent> {
		this.#buffered = Buffer.concat([this.#buffered, chunk]);
		while (true) {
			if (this.#current === null) {
				const end = this.#buffered.indexOf(HEAD_END);
				if (end === -1) return;
				this.#current = parseHead(this.#buffered.toString("latin1", 0, end), ++this.#count);
				this.#buffered = this.#buffered.subarray(end + HEAD_END.length);
				yield { stage: "head", request: this.#current };
			}
			const length = Number(this.#current.headers.get("content-length") ?? 0);
			if (this.#buffered.length < length) return;
			const request = this.#current;
			request.body = this.#buffered.subarray(0, length);
			this.#buffered = this.#buffered.subarray(length);
			this.#current = null;
			yield { stage: "request", request };
		}
	}
}

function parseHead(head: string, onConnection: number): ScriptedRequest {
	const [requestLine = "", ...lines] = head.split("\r\n");
	const [method = "", path = ""] = requestLine.split(" ");
	const rawHeaders = lines.flatMap((line) => {
		const colon = line.indexOf(":");
		return [line.slice(0, colon), line.slice(colon + 1).trim()];
	});
	const headers = new Map<string, string>();
	for (let n = 0; n < rawHeaders.length; n += 2)
		headers.set((rawHeaders[n] ?? "").toLowerCase(), rawHeaders[n + 1] ?? "");
	const [, trigger = "", user = ""] = EVENT_PATH.exec(path) ?? [];
	return {
		onConnection,
		receivedAt: performance.now(),
		method,
		path,
		triggerId: decodeURIComponent(trigger),
		userId: decodeURIComponent(user),
		rawHeaders,
		headers,
		idempotencyKey: headers.get("idempotency-key") ?? "",
		body: Buffer.alloc(0),
		reply: null,
	};
}
