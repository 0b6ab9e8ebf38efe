import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { OutboxError } from "../errors.ts";
import { oneAtATime } from "../http/one-at-a-time.ts";
import type { Logger } from "../log.ts";
import { type Answer, answerFor, give, refusal, text } from "./answer.ts";
import { applies, type Ending, endings } from "./chance.ts";
import { checkKey, isRefusal, type Refusal, readBody, readTarget, type Target } from "./event-request.ts";
import { type Application, Ledger, MAX_KEPT } from "./ledger.ts";
import { Listings } from "./listing.ts";
import { Webhooks } from "./webhooks.ts";

export interface SandboxOptions {
	/** Default `127.0.0.1`. */
	readonly host?: string;
	/** Default 0: any free port. */
	readonly port?: number;
	/** Milliseconds between applying an event and answering; default 0. */
	readonly latencyMs?: number;
	/** Share of requests that fail, 0 to 1; default 0. */
	readonly failRate?: number;
	/** Decides which requests fail, and how; default 1. */
	readonly seed?: number;
	/** Where to POST a `trigger_event.created` for each application; default nowhere. */
	readonly webhookUrl?: URL | null;
	/** The keys that are let in; default any that looks like one of Reward's. */
	readonly apiKeys?: readonly string[];
	readonly logger?: Pick<Logger, "info" | "warn">;
}

/** A running sandbox. */
export interface Sandbox extends AsyncDisposable {
	/** Its origin, without a slash at the end. */
	readonly url: string;
	readonly port: number;
	/** What it has applied, in order: the last 10,000. */
	received(): readonly Application[];
	/** Drops connections, forgets webhooks that wait, and frees the port. */
	close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_048_576;
const DEFAULT_LIMIT = 1_000;
/** Bodies of a list, the latest ones, whatever its limit. */
const MAX_LISTED_CHARACTERS = 8 * 2 ** 20;
const ABOUT =
	"This is the reward-outbox sandbox, not Reward: a local stand-in for its API.\nGET /events lists what it received.\n";
const NOT_FOUND: Refusal = { status: 404, code: "not_found", message: "There is nothing at this path" };
const BAD_LIMIT: Refusal = { status: 400, code: "invalid_limit", message: "limit must be a whole number" };
const TOO_LARGE: Refusal = { status: 413, code: "body_too_large", message: `The body exceeds ${MAX_BODY_BYTES} bytes` };

/**
 * Starts a stand-in for the Reward API that does what Reward documents and nothing more. In particular it does not
 * deduplicate: it counts.
 *
 * @throws OutboxError `sandbox_listen` when the address cannot be used.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const sandbox = new RunningSandbox(options);
	await sandbox.listen(options.port ?? 0, options.host ?? "127.0.0.1");
	return sandbox;
}

class RunningSandbox implements Sandbox {
	readonly #server: Server;
	readonly #ledger = new Ledger();
	readonly #listings = new Listings();
	readonly #webhooks: Webhooks | null;
	readonly #nextEnding: () => Ending;
	readonly #apiKeys: ReadonlySet<string> | null;
	readonly #latencyMs: number;
	readonly #log: Pick<Logger, "info" | "warn"> | null;
	#url = "";
	#port = 0;

	constructor({ seed = 1, failRate = 0, latencyMs = 0, webhookUrl = null, apiKeys, logger }: SandboxOptions) {
		this.#log = logger ?? null;
		this.#latencyMs = latencyMs;
		this.#nextEnding = endings(seed, failRate);
		this.#apiKeys = apiKeys === undefined ? null : new Set(apiKeys);
		this.#webhooks = webhookUrl === null ? null : new Webhooks(webhookUrl, this.#log);
		this.#server = createServer(oneAtATime((request, response) => this.#handle(request, response)));
	}

	get url(): string {
		return this.#url;
	}

	get port(): number {
		return this.#port;
	}

	received(): readonly Application[] {
		return this.#ledger.latest(MAX_KEPT);
	}

	async listen(port: number, host: string): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.#server.once("error", (cause) => reject(listenError(host, port, cause)));
			this.#server.listen(port, host, resolve);
		});
		const address = this.#server.address();
		this.#port = typeof address === "object" && address !== null ? address.port : port;
		this.#url = `http://${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
		this.#log?.info({ url: this.#url }, "sandbox listening");
	}

	async close(): Promise<void> {
		this.#webhooks?.stop();
		if (!this.#server.listening) return;
		const closed = new Promise((resolve) => this.#server.close(resolve));
		this.#server.closeAllConnections();
		await closed;
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}

	#handle(request: IncomingMessage, response: ServerResponse): void {
		const routed = this.#route(request);
		if ("list" in routed) this.#list(response, routed.list);
		else if ("status" in routed) give(response, routed);
		else receiveBody(request, (body) => this.#receive(request, response, routed, body));
	}

	/** Whom the event is for, or the answer where there is no body to wait for. */
	#route(request: IncomingMessage): Target | Answer | { readonly list: number } {
		// Raw on purpose: a URL parser would resolve dots and hide what was really asked for.
		const [path = "", query = ""] = (request.url ?? "").split("?", 2);
		if (request.method === "GET" && path === "/") return text(ABOUT);
		if (request.method === "GET" && path === "/events") return readLimit(new URLSearchParams(query));
		const target = readTarget(path);
		if (request.method !== "POST" || target === null) return refusal(NOT_FOUND);
		const refused = checkKey(request.headers, this.#apiKeys) ?? target;
		return isRefusal(refused) ? refusal(refused) : refused;
	}

	#receive(request: IncomingMessage, response: ServerResponse, target: Target, raw: string | null): void {
		const body = raw === null ? TOO_LARGE : readBody(raw);
		if (isRefusal(body)) {
			give(response, refusal(body));
			return;
		}
		const ending = this.#nextEnding();
		if (applies(ending)) {
			const key = request.headers["idempotency-key"];
			const application = this.#ledger.record(target, typeof key === "string" ? key : null, raw ?? "", new Date());
			this.#webhooks?.announce(application, body.value);
		}
		if (this.#latencyMs === 0) give(response, answerFor(ending));
		// The connection keeps the process alive; once that is closed, nobody waits for the answer.
		else setTimeout(give, this.#latencyMs, response, answerFor(ending)).unref();
	}

	#list(response: ServerResponse, limit: number): void {
		const { total, duplicates } = this.#ledger;
		const counts = { total, duplicates, webhooks_given_up: this.#webhooks?.dropped ?? 0 };
		this.#listings.give(response, counts, () => this.#ledger.latest(limit, MAX_LISTED_CHARACTERS));
	}
}

function readLimit(query: URLSearchParams): Answer | { readonly list: number } {
	const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
	return Number.isInteger(limit) && limit >= 0 ? { list: Math.min(limit, MAX_KEPT) } : refusal(BAD_LIMIT);
}

/** Hands over the whole body, or null when there is more of it than allowed; nothing when the sender went away. */
function receiveBody(request: IncomingMessage, done: (body: string | null) => void): void {
	const chunks: Buffer[] = [];
	let length = 0;
	request.on("data", (chunk: Buffer) => {
		length += chunk.length;
		if (length <= MAX_BODY_BYTES) chunks.push(chunk);
	});
	request.on("end", () => done(length <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString("utf8") : null));
	// A sender that resets in the middle is ordinary here: its request is forgotten with its connection.
	request.on("error", () => undefined);
}

function listenError(host: string, port: number, cause: Error): OutboxError {
	const code = "code" in cause ? String(cause.code) : cause.message;
	return new OutboxError("sandbox_listen", `the sandbox cannot listen on ${host}:${port} (${code})`, {
		hint: "choose another port, or 0 for any free one",
		cause,
	});
}
