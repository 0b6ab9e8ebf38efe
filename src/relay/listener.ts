import pRetry from "p-retry";
import pgListen, { type Subscriber } from "pg-listen";
import type { ListenerMode } from "../store/relays.ts";

export interface ListenerOptions {
	/** A direct connection: LISTEN does not work through a pooler in transaction mode. */
	readonly url: string;
	/** Unique to this listener: the channel of its own probe. */
	readonly probeChannel: string;
	/** Sends a notification to a channel, over another connection. */
	readonly notify: (channel: string) => Promise<void>;
	/** Somebody wrote events, or the connection is new: look at the table. */
	readonly onRing: () => void;
	readonly onMode: (mode: ListenerMode, reason: string | null) => void;
	/** Between two probes. Default 15 000 ms. */
	readonly probeIntervalMs?: number;
	/** How long a probe may take to come back before the listener counts as deaf. Default 3 000 ms. */
	readonly probeTimeoutMs?: number;
}

const CHANNEL = "reward_outbox";

/**
 * Hears that something was written, and knows whether it can hear: it rings itself now and then, over another connection.
 * A notification is a hint and never a message. A connection that breaks or turns out deaf (half-open, or behind a pooler)
 * is replaced.
 */
export class Listener {
	readonly #options: ListenerOptions;
	readonly #stop = new AbortController();
	#mode: ListenerMode = "connecting";
	#running: Promise<void> | undefined;

	constructor(options: ListenerOptions) {
		this.#options = options;
	}

	get mode(): ListenerMode {
		return this.#mode;
	}

	start(): void {
		this.#running ??= this.#run();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop;
		while (!signal.aborted) {
			try {
				// pg-listen's own reconnecting gives up after three seconds and can not be stopped; each subscriber lives for one
				// connection here, and p-retry makes the next one.
				await pRetry(() => this.#listenOnce(signal), {
					retries: Number.POSITIVE_INFINITY,
					minTimeout: 100,
					maxTimeout: 10_000,
					randomize: true,
					signal,
				});
			} catch (error) {
				if (!signal.aborted) this.#become("polling", reasonOf(error));
			}
		}
	}

	/** One connection's life. Resolves after one that worked, so that the next attempt begins without delay; rejects otherwise. */
	async #listenOnce(signal: AbortSignal): Promise<void> {
		const broken = Promise.withResolvers<Error>();
		const subscriber = pgListen.default(
			{
				connectionString: this.#options.url,
				application_name: "reward-outbox listener",
				connectionTimeoutMillis: 10_000,
			},
			{ retryLimit: 1, paranoidChecking: false, parse: (text: string) => text },
		);
		subscriber.events.on("error", (error: Error) => broken.resolve(error));
		const abort = () => broken.resolve(new Error("stopping"));
		signal.addEventListener("abort", abort, { once: true });
		try {
			await this.#subscribe(subscriber, broken.promise);
			await this.#listenUntilBroken(subscriber, broken.promise, signal);
		} catch (error) {
			if (!signal.aborted && this.#mode !== "deaf") this.#become("polling", reasonOf(error));
			throw error;
		} finally {
			signal.removeEventListener("abort", abort);
			// On a half-open connection the goodbye is never answered: nobody waits for it.
			void subscriber.close().catch(() => {});
		}
	}

	async #subscribe(subscriber: Subscriber, broken: Promise<Error>): Promise<void> {
		subscriber.notifications.on(CHANNEL, () => this.#options.onRing());
		const ready = (async () => {
			await subscriber.connect();
			await subscriber.listenTo(CHANNEL);
			await subscriber.listenTo(this.#options.probeChannel);
		})();
		ready.catch(() => {});
		await Promise.race([ready, failWith(broken)]);
		// What was written while nobody listened has rung in vain.
		this.#options.onRing();
	}

	async #listenUntilBroken(subscriber: Subscriber, broken: Promise<Error>, signal: AbortSignal): Promise<void> {
		const { probeIntervalMs = 15_000, probeTimeoutMs = 3_000 } = this.#options;
		while (!signal.aborted) {
			const heard = new Promise<true>((resolve) =>
				subscriber.notifications.once(this.#options.probeChannel, () => resolve(true)),
			);
			await Promise.race([this.#options.notify(this.#options.probeChannel), failWith(broken)]);
			const outcome = await Promise.race([heard, broken, pause(probeTimeoutMs, signal)]);
			if (outcome instanceof Error) return this.#lost(outcome, signal);
			if (outcome !== true) {
				if (signal.aborted) return;
				this.#become(
					"deaf",
					"LISTEN is in place, but a probe was not heard (a pooler in transaction mode, or a half-open connection)",
				);
				throw new Error("the listener is deaf");
			}
			this.#become("listening", null);
			const end = await Promise.race([broken, pause(probeIntervalMs, signal)]);
			if (end instanceof Error) return this.#lost(end, signal);
		}
	}

	#lost(error: Error, signal: AbortSignal): void {
		if (!signal.aborted) this.#become("connecting", reasonOf(error));
	}

	#become(mode: ListenerMode, reason: string | null): void {
		if (this.#mode === mode) return;
		this.#mode = mode;
		this.#options.onMode(mode, reason);
	}
}

async function failWith(broken: Promise<Error>): Promise<never> {
	throw await broken;
}

/** Resolves after `ms`, or at once when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<undefined> {
	return new Promise((resolve) => {
		if (signal.aborted) return resolve(undefined);
		const end = () => {
			clearTimeout(timer);
			signal.removeEventListener("abort", end);
			resolve(undefined);
		};
		const timer = setTimeout(end, ms);
		signal.addEventListener("abort", end, { once: true });
	});
}

/** A code rather than a text: texts may name hosts and users. */
function reasonOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : "the listening connection ended";
}
