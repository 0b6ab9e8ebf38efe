import { Pool } from "undici";
import { Connector } from "../connection/connector.ts";
import type { RewardRequest } from "../event/event.ts";
import type { Outcome } from "../event/outcome.ts";
import { invalidId } from "./classify.ts";
import { ConnectionReuse } from "./connection-reuse.ts";
import type { Credentials } from "./credentials.ts";
import { DeadlineQueue } from "./deadlines.ts";
import { Exchange, type ExchangeContext } from "./exchange.ts";
import { eventPath } from "./path.ts";
import type { Sender } from "./sender.ts";

/**
 * How long an idle connection is kept when the server does not say. Shorter than the idle timeout of common servers and
 * balancers (Node 5 s, Apache 5 s, others 60 s and more): whoever closes first must be us, because a request written
 * into a connection that the other side is just closing is ambiguous, and ambiguous may pay out twice. A new connection
 * is cheaper.
 */
const KEEP_ALIVE_MS = 4_000;
/**
 * The most a server's `Keep-Alive: timeout=` can raise it to: what stands between us may forget a silent connection
 * sooner.
 */
const KEEP_ALIVE_MAX_MS = 30_000;
/**
 * A connection takes no new request after this. A name that leads elsewhere, as after a failover of the receiver's, is
 * thereby followed within a minute: this, and the deadline of the last request.
 */
const CONNECTION_MAX_AGE_MS = 30_000;
/** Taken off a server's `Keep-Alive: timeout=`: it counts from when it sent the answer, we from when we read it. */
const KEEP_ALIVE_MARGIN_MS = 2_000;

/** The way to Reward, whoever sends on it. */
export interface RewardHttpOptions {
	/** Scheme, host and port; a path in it is ignored. */
	readonly origin: URL;
	/**
	 * Where tunnels to an `https:` origin are asked for; left out or null: nowhere. A secret, as it may hold a password.
	 */
	readonly proxy?: URL | null;
	/**
	 * Sockets at most, and so requests in flight at most; more than that wait, and their deadline counts while they do.
	 */
	readonly connections: number;
	/** Total deadline of one request in milliseconds: waiting, connecting, sending and the whole answer. */
	readonly timeoutMs: number;
	readonly userAgent: string;
	/**
	 * The wall clock, in milliseconds since the epoch; default `Date.now`. Only for a Retry-After date without a Date
	 * header.
	 */
	readonly now?: () => number;
}

export interface RewardSenderOptions extends RewardHttpOptions {
	readonly credentials: Credentials;
}

/** A sender over HTTP/1.1 with a pool of connections, kept alive once the receiver has earned it. */
export function createRewardSender({ credentials, ...options }: RewardSenderOptions): Sender {
	const http = new RewardHttp(options);
	const send = http.sendWith(credentials);
	return { send: (request) => send(request, () => {}), close: () => http.close() };
}

/** Begins a request; the function is told of it, and of its end. */
type Send = (request: RewardRequest, onExchange: (exchange: Exchange) => void) => Promise<Outcome>;

/** One pool of connections on which several senders send, each with a key of its own. */
export class RewardHttp {
	readonly #openPool: () => Pool;
	readonly #reuse: ConnectionReuse;
	readonly #connector: Connector;
	readonly #deadlines: DeadlineQueue;
	readonly #context: Omit<ExchangeContext, "redact">;
	readonly #userAgent: string;
	#pool: Pool;
	/** Pools that finish what they have begun, and take nothing new. */
	readonly #leaving = new Set<Pool>();
	#closing: Promise<void> | null = null;

	constructor(options: RewardHttpOptions) {
		const { origin, connections, timeoutMs, userAgent, now = Date.now } = options;
		this.#userAgent = userAgent;
		this.#connector = new Connector(timeoutMs, options.proxy);
		this.#deadlines = new DeadlineQueue(timeoutMs);
		this.#reuse = new ConnectionReuse(origin.origin, this.#connector, connections, () => this.#changePool());
		this.#context = {
			deadlines: this.#deadlines,
			now,
			breaches: () => this.#reuse.breaches,
		};
		this.#openPool = () => this.#newPool(origin.origin, connections - this.#reuse.watches);
		this.#pool = this.#openPool();
	}

	#newPool(origin: string, connections: number): Pool {
		const pool = new Pool(origin, {
			connections,
			connect: this.#connector.open,
			// A POST must never be written twice. HTTP/2 would retry what a server refuses, and a pipelined connection puts
			// what shared it with a failed or aborted request back into the queue.
			allowH2: false,
			pipelining: 1,
			// One deadline of our own covers everything.
			headersTimeout: 0,
			bodyTimeout: 0,
			keepAliveTimeout: KEEP_ALIVE_MS,
			keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
			keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
			clientTtl: CONNECTION_MAX_AGE_MS,
		});
		pool.on("disconnect", (_origin, _targets, error) => this.#reuse.disconnected(error));
		return pool;
	}

	/** What waits on the connections that are open may be an answer to something else. */
	#changePool(): void {
		const left = this.#pool;
		this.#pool = this.#openPool();
		this.#leaving.add(left);
		const forget = () => void this.#leaving.delete(left);
		// Destroyed meanwhile, it is gone as well.
		left.close().then(forget, forget);
	}

	/** A sender that shares the connections. Closing it aborts what it has in flight, and nothing else. */
	sender(credentials: Credentials): Sender {
		const send = this.sendWith(credentials);
		const inFlight = new Set<Exchange>();
		return {
			async send(request) {
				let own: Exchange | undefined;
				const outcome = await send(request, (exchange) => {
					own = exchange;
					inFlight.add(exchange);
				});
				if (own !== undefined) inFlight.delete(own);
				return outcome;
			},
			async close() {
				for (const exchange of inFlight) exchange.abandon();
			},
		};
	}

	/** @internal */
	sendWith(credentials: Credentials): Send {
		const context: ExchangeContext = { ...this.#context, redact: (text) => credentials.redact(text) };
		return (request, onExchange) => this.#send(request, credentials, context, onExchange);
	}

	#send(
		request: RewardRequest,
		credentials: Credentials,
		context: ExchangeContext,
		onExchange: (exchange: Exchange) => void,
	): Promise<Outcome> {
		const path = eventPath(request.triggerId, request.userId);
		if (path === null) return Promise.resolve(invalidId());
		return new Promise((resolve) => {
			const headers = this.#headers(request.eventId, credentials);
			const watched = this.#closing === null ? this.#reuse.watchedClient() : null;
			const settle = (outcome: Outcome) => {
				watched?.onAnswered();
				resolve(outcome);
			};
			const exchange = new Exchange(context, settle);
			onExchange(exchange);
			const reset = watched === null && !this.#reuse.isEarned;
			const options = { method: "POST", path, headers, body: request.body, idempotent: false, reset } as const;
			// Whatever this throws inside, an invalid header for one, undici reports to the exchange instead.
			(watched?.client ?? this.#pool).dispatch(options, exchange);
		});
	}

	close(): Promise<void> {
		this.#closing ??= this.#destroy();
		return this.#closing;
	}

	async #destroy(): Promise<void> {
		const destroyed = [this.#pool, ...this.#leaving].map((pool) => pool.destroy());
		this.#reuse.close();
		this.#connector.abandon();
		await Promise.all(destroyed);
		this.#deadlines.stop();
	}

	/** Names and values in turn: the form that costs undici least. */
	#headers(eventId: string, credentials: Credentials): string[] {
		return [
			"Authorization",
			credentials.authorization,
			"Content-Type",
			"application/json",
			// An answer has a few bytes. What is coded all the same is decoded.
			"Accept-Encoding",
			"identity",
			"Idempotency-Key",
			eventId,
			"User-Agent",
			this.#userAgent,
		];
	}
}
