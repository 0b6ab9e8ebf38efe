import type { Address } from "../../connection/address.ts";
import { type Database, openDatabase } from "../database.ts";

export interface Received {
	/** What became of a webhook: it is on disk, was before, or waits for a person to look at it. */
	readonly received: "recorded" | "known" | "quarantined";
	/** How long ago Reward says that it happened. Null: it is not a new one about an event, or it does not say. */
	readonly delay_ms: number | null;
}

/** Webhooks that are written at once. Few: delivery comes first. */
const CONNECTIONS = 2;
const IDLE_TIMEOUT_MS = 10_000;
/** Reward sends again what is not acknowledged. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** The receiver's own connections, while there are webhooks: it never waits for those of delivery, nor they for it. */
export function openReceiptsDatabase(url: Address): Database {
	return openDatabase({
		url,
		idleTimeoutMs: IDLE_TIMEOUT_MS,
		applicationName: "reward-outbox webhook",
		maxConnections: CONNECTIONS,
		statementTimeoutMs: STATEMENT_TIMEOUT_MS,
	});
}

/** Returns when it is on disk. The body is handed over as it came: what it says is read, and kept, by the database. */
export async function receiveWebhook(db: Database, body: Uint8Array): Promise<Received> {
	const statement = "SELECT r.received, r.delay_ms FROM reward_outbox.receive_webhook($1) r";
	const { rows } = await db.query<Received>(statement, [Buffer.from(body)]);
	return rows[0] as Received;
}

export async function answers(db: Database): Promise<boolean> {
	return await db.query("SELECT").then(
		() => true,
		() => false,
	);
}
