import { OutboxError } from "../errors.ts";
import { type Database, sqlState } from "./database.ts";

/** An event whose JSON is text from its author to PostgreSQL: no number in it is ever parsed on the way. */
export interface TextEvent {
	readonly triggerId: string;
	readonly userId: string;
	/** JSON text of an object. */
	readonly payload: string;
	/** JSON text of a number that is merged into the payload as `value`; null: none. */
	readonly value: string | null;
	readonly idempotencyKey: string | null;
	readonly orderingKey: string | null;
	/** A time, or milliseconds from now by the database's clock; null: at once. */
	readonly deliverAfter: { readonly iso: string } | { readonly inMs: number } | null;
	/** JSON text; null: none. */
	readonly metadata: string | null;
}

const EMIT = `SELECT reward_outbox.emit(
  trigger_id      => $1,
  user_id         => $2,
  payload         => $3::jsonb || CASE WHEN $4::text IS NULL THEN '{}' ELSE jsonb_build_object('value', $4::jsonb) END,
  idempotency_key => $5,
  ordering_key    => $6,
  deliver_after   => coalesce($7::timestamptz, clock_timestamp() + $8::float8 * interval '1 millisecond'),
  metadata        => $9::jsonb
) AS id`;

/**
 * Writes one event in a transaction of its own and returns its id.
 *
 * @throws OutboxError `event_refused` with the rule that the event breaks, or what else PostgreSQL says.
 */
export async function emitText(db: Database, event: TextEvent): Promise<string> {
	const when = event.deliverAfter;
	const values = [
		event.triggerId,
		event.userId,
		event.payload,
		event.value,
		event.idempotencyKey,
		event.orderingKey,
		when !== null && "iso" in when ? when.iso : null,
		when !== null && "inMs" in when ? when.inMs : null,
		event.metadata,
	];
	const { rows } = await db.query<{ id: string }>(EMIT, values).catch((error) => {
		throw refusal(error) ?? error;
	});
	return (rows[0] as { id: string }).id;
}

/** What PostgreSQL has against the event itself. Its detail would show the whole row, so that is never passed on. */
function refusal(error: { message: string; constraint?: string; hint?: string }): OutboxError | null {
	const state = sqlState(error) ?? "";
	// A CHECK's name is the rule.
	if (state === "23514") return refused(error.constraint ?? error.message, error);
	if (state === "23505" || state.startsWith("22")) return refused(error.message, error);
	return null;
}

function refused(rule: string, cause: { hint?: string }): OutboxError {
	return new OutboxError("event_refused", rule, { hint: cause.hint ?? "nothing was written", cause });
}
