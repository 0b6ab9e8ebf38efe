import type { Moment } from "../../moment.ts";
import type { Database } from "../database.ts";
import { resolveSpan } from "./span.ts";

/** Something that Reward said it recorded. */
export interface Receipt {
	readonly receipt_no: string;
	readonly webhook_id: string;
	readonly received_at: Date;
	/** As Reward says; null: it did not say so in a form that is known. */
	readonly occurred_at: Date | null;
	/** `credit` and `test` confirm nothing. */
	readonly kind: "event" | "credit" | "test";
	readonly trigger_id: string | null;
	readonly user_id: string | null;
	/** Its digits, as they were sent; null: none. */
	readonly value: string | null;
}

export interface ReceiptFilter {
	readonly user?: string;
	readonly trigger?: string;
	readonly since?: Moment;
	readonly until?: Moment;
	/** Older ones than this. */
	readonly before?: string;
	readonly limit: number;
}

// By time or by user, whichever is asked for: both are bounded by an index.
const RECEIPTS = `
SELECT r.receipt_no, r.webhook_id, r.received_at, r.occurred_at, r.kind, r.trigger_id, r.user_id, r.value::text AS value
FROM reward_outbox.receipts r
WHERE ($1::text IS NULL OR r.user_id = $1)
  AND ($2::text IS NULL OR r.trigger_id = $2)
  AND ($3::timestamptz IS NULL OR r.received_at >= $3)
  AND ($4::timestamptz IS NULL OR r.received_at < $4)
  AND ($5::bigint IS NULL OR r.receipt_no < $5)
ORDER BY r.receipt_no DESC
LIMIT $6`;

/** Newest first. */
export async function listReceipts(db: Database, filter: ReceiptFilter): Promise<Receipt[]> {
	const { user, trigger, before, limit } = filter;
	const { since, until } = await resolveSpan(db, filter);
	const values = [user ?? null, trigger ?? null, since, until, before ?? null, limit];
	return (await db.query<Receipt>(RECEIPTS, values)).rows;
}

/** What came as a webhook and is none that is known. */
export interface Quarantined {
	readonly quarantine_no: string;
	readonly first_at: Date;
	readonly last_at: Date;
	/** How often the same came. */
	readonly times: number;
	/** What is wrong with it. */
	readonly reason: string;
	/** The beginning of what came; bytes that are no UTF-8 are replaced. */
	readonly body: string;
}

const QUARANTINED = `
SELECT q.quarantine_no, q.first_at, q.last_at, q.times, q.reason, q.body
FROM reward_outbox.receipt_quarantine q
ORDER BY q.quarantine_no DESC
LIMIT $1`;

/** Newest first. */
export async function listQuarantined(db: Database, limit: number): Promise<Quarantined[]> {
	const { rows } = await db.query<Omit<Quarantined, "body"> & { readonly body: Uint8Array }>(QUARANTINED, [limit]);
	return rows.map((row) => ({ ...row, body: new TextDecoder().decode(row.body) }));
}
