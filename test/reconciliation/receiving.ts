import { readFacts } from "../../src/store/inspect/event-facts.ts";
import { receiveWebhook } from "../../src/store/receipts/receive.ts";
import { explain } from "../../src/words/why.ts";
import type { TestDatabase } from "../support/database.ts";
import { webhook } from "../webhook/webhooks.ts";

export const EVENT = { trigger: "paid", user: "ada", payload: '{"value": 19.90}' };
export const AT_MOST_ONCE = { mode: "at_most_once" } as const;

export const receive = (database: TestDatabase, user = "ada", value: string | number = "19.9") =>
	receiveWebhook(database.pool, Buffer.from(webhook({ trigger: "paid", user, value })));

export async function decisions(database: TestDatabase) {
	const { rows } = await database.query(
		"SELECT action, event_id, detail FROM reward_outbox.operations WHERE action IN ('confirm', 'resend_unconfirmed')",
	);
	return rows;
}

export async function why(database: TestDatabase, id: string): Promise<string> {
	const facts = await readFacts(database.pool, id, 20);
	return explain(facts as NonNullable<typeof facts>).join("\n");
}

/** All that was sent happened so much earlier. Only what evidence goes by. */
export async function moveBack(database: TestDatabase, span: string): Promise<void> {
	await database.query("UPDATE reward_outbox.attempt_log SET started_at = started_at - $1::interval", [span]);
	await database.query("UPDATE reward_outbox.receipts SET received_at = received_at - $1::interval", [span]);
}
