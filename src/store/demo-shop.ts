import type pg from "pg";
import { beginOn, type Database } from "./database.ts";

/** What a customer of the demo's shop buys. */
export interface Purchase {
	readonly orderNo: number;
	readonly customer: string;
	/** Decimal text: money is never a float. */
	readonly total: string;
}

const CREATE_SHOP = `CREATE TABLE public.shop_orders (
  order_no integer PRIMARY KEY,
  customer text NOT NULL,
  total    numeric(10, 2) NOT NULL
)`;
const ORDER = "INSERT INTO public.shop_orders (order_no, customer, total) VALUES ($1, $2, $3)";
const EVENT = `INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
VALUES ('successful_payment', $1, jsonb_build_object('value', $2::numeric)) RETURNING id`;
const EMIT = `SELECT reward_outbox.emit('successful_payment', $1, jsonb_build_object('value', $2::numeric), idempotency_key => $3) AS id`;

/** The same as a person would type it into psql. */
export const PURCHASE_BY_HAND = `BEGIN;
INSERT INTO shop_orders (order_no, customer, total) VALUES (4711, 'you', 19.99);
INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
VALUES ('successful_payment', 'you', '{"value": 19.99}');
COMMIT;`;

export async function createShop(db: Database): Promise<void> {
	await db.query(CREATE_SHOP);
}

/**
 * An order and its event in one transaction, as any application would write them.
 *
 * @param end How the transaction ends.
 * @param onEvent Told the event's id before the transaction ends: it may be delivered before this function returns.
 */
export async function buy(
	db: Database,
	purchase: Purchase,
	end: "COMMIT" | "ROLLBACK",
	onEvent: (id: string) => void,
): Promise<void> {
	await inTransaction(db, end, async (tx) => {
		await tx.query(ORDER, [purchase.orderNo, purchase.customer, purchase.total]);
		const { rows } = await tx.query<{ id: string }>(EVENT, [purchase.customer, purchase.total]);
		onEvent(rows[0]?.id ?? "");
	});
}

/**
 * An order whose payment is reported under a key, so that a second report adds nothing. Returns the id it was given.
 */
export async function reportPayment(db: Database, purchase: Purchase, onEvent: (id: string) => void): Promise<string> {
	return await inTransaction(db, "COMMIT", async (tx) => {
		await tx.query(`${ORDER} ON CONFLICT DO NOTHING`, [purchase.orderNo, purchase.customer, purchase.total]);
		const key = `order-${purchase.orderNo}-paid`;
		const { rows } = await tx.query<{ id: string }>(EMIT, [purchase.customer, purchase.total, key]);
		const id = rows[0]?.id ?? "";
		onEvent(id);
		return id;
	});
}

async function inTransaction<T>(
	db: Database,
	end: "COMMIT" | "ROLLBACK",
	work: (tx: pg.PoolClient) => Promise<T>,
): Promise<T> {
	const tx = await db.connect();
	try {
		await tx.query(beginOn(db));
		const result = await work(tx);
		await tx.query(end);
		tx.release();
		return result;
	} catch (error) {
		tx.release(true);
		throw error;
	}
}

/** How one event of the demo went. */
export interface Outline {
	readonly id: string;
	readonly customer: string;
	readonly value: string | null;
	readonly status: string;
	readonly attempts: number;
	/** Each attempt in a word, in order. */
	readonly tries: string | null;
}

const OUTLINE = `SELECT e.id, e.user_id AS customer, e.payload ->> 'value' AS value, e.status, e.attempts,
       (SELECT string_agg(CASE a.outcome WHEN 'accepted' THEN 'delivered' ELSE coalesce(a.error_code, a.outcome) END, ', ' ORDER BY a.attempt)
        FROM reward_outbox.attempts a WHERE a.event_id = e.id) AS tries
FROM reward_outbox.events e ORDER BY e.id`;

export async function readOutlines(db: Database): Promise<Outline[]> {
	return (await db.query<Outline>(OUTLINE)).rows;
}
