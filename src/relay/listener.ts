import type { ListenerMode } from "../store/relays.ts";
import type { Subscription } from "../store/subscription.ts";
import type { Clock } from "../timing/clock.ts";

export interface ListenerOptions {
	readonly clock: Clock;
	/** Opens a connection that listens to the channels. */
	readonly subscribe: (channels: readonly string[]) => Promise<Subscription>;
	/** Repeats an attempt, with waits in between, until it resolves. Rejects when the signal aborts. */
	readonly reconnect: (attempt: () => Promise<void>, signal: AbortSignal) => Promise<void>;
	/** Unique to this listener: the channel of its own probe. */
	readonly probeChannel: string;
	/** Sends a notification to a channel, over another connection. */
	readonly notify: (channel: string) => Promise<void>;
	/** Somebody wrote events, or the connection is new: look at the table. */
	readonly onNotified: () => void;
	readonly onMode: (mode: ListenerMode, reason: string | null) => void;
	/** The process id of the session that listens has become known. */
	readonly onSession: () => void;
	/** Between two probes. Default 15 000 ms. */
	readonly probeIntervalMs?: number;
	/** How long a probe may take to come back before the listener counts as deaf. Default 3 000 ms. */
	readonly probeTimeoutMs?: number;
}

const CHANNEL = "reward_outbox";

/**
 * Hears that something was written, and knows whether it can hear: it notifies itself now and then, over another
 * connection. A notification is a hint and never a message. A connection that breaks or turns out deaf (half-open, or
 * behind a pooler) is replaced.
 */
export class Listener {
	readonly #options: ListenerOptions;
	readonly #stop = new AbortController();
	#mode: ListenerMode = "connecting";
	#sessionId: number | null = null;
	#running: Promise<void> | undefined;

	constructor(options: ListenerOptions) {
		this.#options = options;
	}

	get mode(): ListenerMode {
		return this.#mode;
	}

	/** The server's process id of the session that listens; null: there is none. */
	get sessionId(): number | null {
		return this.#sessionId;
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
				await this.#options.reconnect(() => this.#listenOnce(signal), signal);
			} catch (error) {
				if (!signal.aborted) this.#become("polling", reasonOf(error));
			}
		}
	}

	/**
	 * One connection's life. Resolves after one that worked, so that the next attempt begins without delay; rejects
	 * otherwise.
	 */
	async #listenOnce(signal: AbortSignal): Promise<void> {
		const heard = new Heard(this.#options.probeChannel, this.#options.onNotified);
		try {
			const subscription = await this.#subscribe(signal);
			const close = () => subscription.close();
			signal.addEventListener("abort", close, { once: true });
			try {
				subscription.onNotification((channel) => heard.on(channel));
				subscription.onSessionId((sessionId) => {
					this.#sessionId = sessionId;
					this.#options.onSession();
				});
				// Nobody heard the notifications sent while nobody listened.
				this.#options.onNotified();
				await this.#listenUntilBroken(subscription, heard, signal);
			} finally {
				this.#sessionId = null;
				signal.removeEventListener("abort", close);
				close();
			}
		} catch (error) {
			if (!signal.aborted && this.#mode !== "deaf") this.#become("polling", reasonOf(error));
			throw error;
		}
	}

	/** Stopping does not wait for a server that does not answer. */
	async #subscribe(signal: AbortSignal): Promise<Subscription> {
		const opening = this.#options.subscribe([CHANNEL, this.#options.probeChannel]);
		const stopped = Promise.withResolvers<never>();
		const stop = () => stopped.reject(new Error("stopping"));
		signal.addEventListener("abort", stop, { once: true });
		if (signal.aborted) stop();
		try {
			return await Promise.race([opening, stopped.promise]);
		} catch (error) {
			opening.then((late) => late.close()).catch(() => {});
			throw error;
		} finally {
			signal.removeEventListener("abort", stop);
		}
	}

	async #listenUntilBroken(subscription: Subscription, heard: Heard, signal: AbortSignal): Promise<void> {
		const { clock, probeIntervalMs = 15_000, probeTimeoutMs = 3_000 } = this.#options;
		const { broken } = subscription;
		while (!signal.aborted) {
			const probe = heard.nextProbe();
			await Promise.race([this.#options.notify(this.#options.probeChannel), failWith(broken)]);
			const outcome = await Promise.race([probe, broken, pause(clock, probeTimeoutMs, signal)]);
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
			const end = await Promise.race([broken, pause(clock, probeIntervalMs, signal)]);
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

/** Tells probes from notifications that mean something. */
class Heard {
	readonly #probeChannel: string;
	readonly #onNotified: () => void;
	#onProbe: (() => void) | undefined;

	constructor(probeChannel: string, onNotified: () => void) {
		this.#probeChannel = probeChannel;
		this.#onNotified = onNotified;
	}

	on(channel: string): void {
		if (channel === this.#probeChannel) this.#onProbe?.();
		else this.#onNotified();
	}

	nextProbe(): Promise<true> {
		return new Promise((resolve) => {
			this.#onProbe = () => resolve(true);
		});
	}
}

async function failWith(broken: Promise<Error>): Promise<never> {
	throw await broken;
}

/** Resolves after `ms`, or at once when the signal aborts. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<undefined> {
	return new Promise((resolve) => {
		if (signal.aborted) return resolve(undefined);
		const end = () => {
			cancel();
			signal.removeEventListener("abort", end);
			resolve(undefined);
		};
		const cancel = clock.after(ms, end);
		signal.addEventListener("abort", end, { once: true });
	});
}

/** A code rather than a text: texts may name hosts and users. */
function reasonOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : "the listening connection ended";
}
