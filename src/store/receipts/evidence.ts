import {
	type Evidence,
	horizonMs,
	type KeyEvidence,
	type ReceiptHabits,
	type ReceiptsAround,
	reconcile,
} from "../../event/reconcile.ts";

/** Runs one statement: on a connection, or within a look that is under way. */
export type Ask = <Row>(text: string, values: unknown[]) => Promise<Row[]>;

const KEY = "SELECT reward_outbox.key_evidence($1) AS key";
const HABITS = "SELECT d.measured, d.unexplained, d.median_ms, d.p99_ms FROM reward_outbox.webhook_delays($1) d";
const AROUND =
	"SELECT a.accepted, a.confirmed FROM reward_outbox.receipts_around($1, to_timestamp($2::float8 / 1000), $3) a";

/** How receipts of a trigger come. */
export async function readHabits(ask: Ask, triggerId: string): Promise<ReceiptHabits> {
	const [habits] = await ask<ReceiptHabits>(HABITS, [triggerId]);
	return habits as ReceiptHabits;
}

/**
 * What receipts say about an event; null: there is no such event.
 * @param habitsOf how receipts of a trigger come, for who knows already
 */
export async function readEvidence(
	ask: Ask,
	eventId: string,
	habitsOf: (triggerId: string) => Promise<ReceiptHabits> = (triggerId) => readHabits(ask, triggerId),
): Promise<Evidence | null> {
	const [row] = await ask<{ key: KeyEvidence | null }>(KEY, [eventId]);
	const key = row?.key ?? null;
	if (key === null) return null;
	const habits = await habitsOf(key.trigger_id);
	const evidence = reconcile(eventId, key, habits, null);
	if (evidence.verdict !== "unheard") return evidence;
	// Only silence needs to be compared with what was heard of others.
	const own = key.sends.filter(({ event_id, accepted }) => event_id === eventId && !accepted);
	const last = Math.max(...own.map(({ at }) => at));
	const [around] = await ask<ReceiptsAround>(AROUND, [key.trigger_id, last, horizonMs(habits)]);
	return reconcile(eventId, key, habits, around ?? null);
}
