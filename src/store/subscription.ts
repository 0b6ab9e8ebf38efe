import pg from "pg";
import { ConnectionTarget } from "../connection/target.ts";
import { prepareSession, type SessionLimits } from "./session.ts";

const LIMITS: SessionLimits = { statementTimeoutMs: 5_000, idleInTransactionTimeoutMs: 5_000 };

/** A session that hears notifications, until it breaks. */
export interface Subscription {
	/** The server's process id of the session. */
	readonly sessionId: number | null;
	/** Resolves with the reason once the session is gone. */
	readonly broken: Promise<Error>;
	onNotification(listener: (channel: string) => void): void;
	close(): void;
}

/**
 * Listens to channels on a connection of its own.
 * @param url a direct connection: LISTEN does not work through a pooler in transaction mode
 */
export async function subscribe(url: string, channels: readonly string[]): Promise<Subscription> {
	const broken = Promise.withResolvers<Error>();
	const client = new pg.Client({
		connectionTimeoutMillis: 5_000,
		// Found anew for each connection: a failover has moved it elsewhere.
		...(await new ConnectionTarget(url).place()),
		application_name: "reward-outbox listener",
		query_timeout: 5_000,
		keepAlive: true,
		keepAliveInitialDelayMillis: 5_000,
	});
	client.on("error", (error) => broken.resolve(error));
	client.on("end", () => broken.resolve(new Error("the connection ended")));
	const close = () => {
		broken.resolve(new Error("closed"));
		// On a half-open connection the goodbye is never answered: nobody waits for it.
		void client.end().catch(() => {});
	};
	try {
		await client.connect();
		await prepareSession(client, LIMITS);
		for (const channel of channels) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
	} catch (error) {
		close();
		throw error;
	}
	return {
		sessionId: (client as { processID?: number | null }).processID ?? null,
		broken: broken.promise,
		onNotification: (listener) => void client.on("notification", ({ channel }) => listener(channel)),
		close,
	};
}
