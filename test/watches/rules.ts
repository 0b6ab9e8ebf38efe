import type pg from "pg";

type Queryable = Pick<pg.Pool, "query">;

/** The parameters of reward_outbox.watch(). */
export interface Rule {
	readonly name: string;
	readonly table_name: string;
	readonly operations?: string;
	readonly condition?: string;
	readonly trigger_id?: string;
	readonly trigger_id_expr?: string;
	readonly user_id?: string;
	readonly payload?: string;
	readonly idempotency_key?: string;
	readonly ordering_key?: string;
	readonly deliver_after?: string;
	readonly metadata?: string;
	readonly on_error?: string;
}

/** "An order was paid", as the documentation has it. */
export const ORDER_PAID = {
	name: "order_paid",
	table_name: "public.orders",
	operations: "{INSERT,UPDATE}",
	condition: "NEW.status = 'paid' AND (TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM 'paid')",
	trigger_id: "successful_payment",
	user_id: "NEW.customer_id::text",
	payload: "jsonb_build_object('value', NEW.total)",
	idempotency_key: "'order-' || NEW.id || '-paid'",
} satisfies Rule;

export const ORDERS =
	"CREATE TABLE public.orders (id bigint PRIMARY KEY, customer_id bigint, total numeric, status text)";

/** Calls watch() with the given parameters only. */
export async function watch(db: Queryable, rule: Rule): Promise<void> {
	const given = Object.entries(rule);
	const named = given.map(([name], index) => `${name} => $${index + 1}`).join(", ");
	await db.query(
		`SELECT reward_outbox.watch(${named})`,
		given.map(([, value]) => value),
	);
}

/** What was captured, in the order it was written: user, value, key. */
export async function captured(db: Queryable, source = "order_paid"): Promise<{ user_id: string; payload: unknown }[]> {
	const { rows } = await db.query("SELECT user_id, payload FROM reward_outbox.outbox WHERE source = $1 ORDER BY seq", [
		source,
	]);
	return rows;
}

export async function users(db: Queryable, source = "order_paid"): Promise<string[]> {
	return (await captured(db, source)).map((event) => event.user_id);
}

export interface WatchError {
	readonly operation: string;
	readonly key: unknown;
	readonly error_code: string;
	readonly error_message: string;
	readonly new_row: unknown;
	readonly old_row: unknown;
	readonly resolved_at: Date | null;
	readonly resolution: string | null;
}

export async function errorsOf(db: Queryable, name = "order_paid"): Promise<WatchError[]> {
	return (await db.query("SELECT * FROM reward_outbox.watch_errors WHERE watch = $1 ORDER BY error_no", [name])).rows;
}

/** As reward_outbox.watches shows the rule. */
export async function stateOf(
	db: Queryable,
	name = "order_paid",
): Promise<{ state: string; problem: string | null } | undefined> {
	const { rows } = await db.query("SELECT state, problem FROM reward_outbox.watches WHERE name = $1", [name]);
	return rows[0];
}
