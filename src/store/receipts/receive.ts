import { type Database, openDatabase } from "../database.ts";

/** What became of a webhook: it is on disk, was before, or waits for a person to look at it. */
export type Received = "recorded" | "known" | "quarantined";

/** Webhooks that are written at once. Few: delivery comes first. */
const CONNECTIONS = 2;
/** Reward sends again what is not acknowledged. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** The receiver's own connections: it never waits for those of delivery, nor they for it. */
export function openReceiptsDatabase(url: string): Database {
	return openDatabase({
		url,
		applicationName: "reward-outbox webhook",
		maxConnections: CONNECTIONS,
		statementTimeoutMs: STATEMENT_TIMEOUT_MS,
	});
}

/** Returns when it is on disk. The body is handed over as it came: what it says is read, and kept, by the database. */
export async function receiveWebhook(db: Database, body: Uint8Array): Promise<Received> {
	const statement = "SELECT reward_outbox.receive_webhook($1) AS received";
	const { rows } = await db.query<{ received: Received }>(statement, [Buffer.from(body)]);
	const [{ received }] = rows as [{ received: Received }];
	return received;
}
