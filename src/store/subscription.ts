import type pg from "pg";
import pgListen, { type Subscriber } from "pg-listen";
import type { Address } from "../connection/address.ts";
import { ConnectionTarget } from "../connection/target.ts";
import { sqlState } from "./database-error.ts";
import { KEEPALIVES } from "./session.ts";

const TIMEOUT_MS = 5_000;
/**
 * Its own reconnecting gives up after three seconds and cannot be stopped: each subscriber lives for one connection.
 */
const ONE_CONNECTION = { retryLimit: 1, paranoidChecking: false, parse: (text: string) => text } as const;
/** What poolers answer to a start-up parameter that they do not know. */
const PROTOCOL_VIOLATION = "08P01";

/** A session that hears notifications, until it breaks. */
export interface Subscription {
	/** The server's process id of the session; null: not known yet. */
	readonly sessionId: number | null;
	/** Resolves with the reason once the session is gone. */
	readonly broken: Promise<Error>;
	onNotification(listener: (channel: string) => void): void;
	/** Calls back once the process id is known, which is within moments where notifications are heard. */
	onSessionId(listener: (sessionId: number) => void): void;
	close(): void;
}

/**
 * Listens to channels on a connection of its own.
 * @param url a direct connection: LISTEN does not work through a pooler in transaction mode
 * @param identityChannel unique to this connection: by what it hears of itself there it learns its process id
 */
export async function subscribe(
	url: Address,
	channels: readonly string[],
	identityChannel: string,
): Promise<Subscription> {
	try {
		return await subscribeWith({ options: startUpSettings() }, url, channels, identityChannel);
	} catch (error) {
		if (sqlState(error) !== PROTOCOL_VIOLATION) throw error;
		return subscribeWith({}, url, channels, identityChannel);
	}
}

async function subscribeWith(
	settings: pg.ClientConfig,
	url: Address,
	channels: readonly string[],
	identityChannel: string,
): Promise<Subscription> {
	const subscriber = pgListen.default(
		{
			connectionTimeoutMillis: TIMEOUT_MS,
			// Found anew for each connection: a failover has moved it elsewhere.
			...(await new ConnectionTarget(url).place()),
			...settings,
			application_name: "reward-outbox listener",
			query_timeout: TIMEOUT_MS,
			keepAliveInitialDelayMillis: TIMEOUT_MS,
		},
		ONE_CONNECTION,
	);
	const subscription = new ListeningSession(subscriber, identityChannel);
	try {
		await subscriber.connect();
		for (const channel of [...channels, identityChannel]) await subscriber.listenTo(channel);
	} catch (error) {
		subscription.close();
		throw error;
	}
	// Refused where the queue of notifications is full; then nobody asks to be notified, and the process id is not
	// needed.
	subscriber.notify(identityChannel).catch(() => {});
	return subscription;
}

class ListeningSession implements Subscription {
	readonly #subscriber: Subscriber;
	readonly #broken = Promise.withResolvers<Error>();
	readonly #identityChannel: string;
	#sessionId: number | null = null;
	#onNotification: (channel: string) => void = () => {};
	#onSessionId: (sessionId: number) => void = () => {};

	constructor(subscriber: Subscriber, identityChannel: string) {
		this.#subscriber = subscriber;
		this.#identityChannel = identityChannel;
		subscriber.events.on("error", (error: Error) => this.#broken.resolve(error));
		subscriber.events.on("notification", ({ channel, processId }) => this.#heard(channel, processId));
	}

	get sessionId(): number | null {
		return this.#sessionId;
	}

	get broken(): Promise<Error> {
		return this.#broken.promise;
	}

	onNotification(listener: (channel: string) => void): void {
		this.#onNotification = listener;
	}

	onSessionId(listener: (sessionId: number) => void): void {
		this.#onSessionId = listener;
		if (this.#sessionId !== null) listener(this.#sessionId);
	}

	close(): void {
		this.#broken.resolve(new Error("closed"));
		// On a half-open connection closing is never answered: nobody waits for it.
		void this.#subscriber.close().catch(() => {});
	}

	/** Who notifies is named in what is heard: what the session says to itself there names the session. */
	#heard(channel: string, processId: number): void {
		if (channel !== this.#identityChannel) this.#onNotification(channel);
		else if (this.#sessionId === null) {
			this.#sessionId = processId;
			this.#onSessionId(processId);
		}
	}
}

/** LISTEN depends on no setting; these find out that the other side has vanished. */
function startUpSettings(): string {
	const settings = [...KEEPALIVES, ["statement_timeout", String(TIMEOUT_MS)]];
	return settings.map(([name, value]) => `-c ${name}=${value}`).join(" ");
}
