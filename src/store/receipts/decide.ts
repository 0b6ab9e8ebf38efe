import type { Evidence } from "../../event/reconcile.ts";
import type { Database } from "../database.ts";
import type { Ask } from "./evidence.ts";

/** An event of which nobody knows whether Reward applied it, and on which receipts may have something to say. */
export interface OpenEvent {
	readonly event_id: string;
	readonly trigger_id: string;
	readonly status: "uncertain" | "pending";
}

export interface OpenEvents {
	readonly events: readonly OpenEvent[];
	/** Where the next look goes on; null: at the beginning. */
	readonly looked: string | null;
}

const CHOSEN = "SELECT reward_outbox.goes_by_receipts() AS chosen";
const OPEN = "SELECT r.event_id, r.trigger_id, r.status, r.looked FROM reward_outbox.reconcilable_events($1, $2) r";
const DECIDE = "SELECT reward_outbox.decide_by_receipts($1, $2, $3, $4) AS stopped_by";

export function asker(db: Database): Ask {
	return async <Row>(text: string, values: unknown[]) => (await db.query(text, values)).rows as Row[];
}

/** Whether any trigger goes by receipts, or some came lately. */
export async function goesByReceipts(db: Database): Promise<boolean> {
	return (await db.query<{ chosen: boolean }>(CHOSEN)).rows[0]?.chosen ?? false;
}

/** How long retries of ambiguous attempts wait for a receipt, of triggers whose do; and what no request explains. */
export async function measureReceipts(db: Database): Promise<void> {
	await db.query("SELECT reward_outbox.measure_evidence_waits()");
	await db.query("SELECT reward_outbox.measure_unexplained_receipts()");
}

export async function readOpenEvents(db: Database, after: string | null, limit: number): Promise<OpenEvents> {
	const { rows } = await db.query<OpenEvent & { looked: string | null }>(OPEN, [after, limit]);
	const events = rows
		.filter(({ event_id }) => event_id !== null)
		.map(({ event_id, trigger_id, status }) => ({ event_id, trigger_id, status }));
	return { events, looked: rows[0]?.looked ?? null };
}

/**
 * Why receipts decide nothing. `daily_cap`: within a day enough events of the trigger were decided by them. The others
 * say that somebody was quicker, or that the trigger asks for the other half only.
 */
export type StoppedBy = "not_open" | "not_asked" | "nothing_in_doubt" | "no_receipt" | "daily_cap";

/**
 * Has an event count as delivered, or sends it again, by what receipts say.
 * @returns what stopped it; null: it is done
 */
export async function decideByReceipts(
	db: Database,
	eventId: string,
	delivered: boolean,
	relay: string,
	evidence: Evidence,
): Promise<StoppedBy | null> {
	const values = [eventId, delivered, relay, JSON.stringify(evidence)];
	return (await db.query<{ stopped_by: StoppedBy | null }>(DECIDE, values)).rows[0]?.stopped_by ?? null;
}
