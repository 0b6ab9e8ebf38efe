import { EVENT_FIELD_NAMES, EVENT_FIELDS, type EventField } from "../client/event-fields.ts";
import { OutboxError } from "../errors.ts";
import type { Database } from "./database.ts";
import { sqlState } from "./database-error.ts";

/** An event whose JSON is text from its author to PostgreSQL: no number in it is ever parsed on the way. */
export interface TextEvent extends Readonly<Record<Exclude<EventField, "deliver_after">, string | null>> {
	/** JSON text of a number that is merged into the payload as `value`; null: none. */
	readonly value: string | null;
	/** A time, or milliseconds from now by the database's clock; null: at once. */
	readonly deliver_after: { readonly iso: string } | { readonly inMs: number } | null;
}

const FIELDS = EVENT_FIELD_NAMES.length;
const EMIT = `SELECT reward_outbox.emit(
${EVENT_FIELD_NAMES.map((name, index) => `  ${name} => ${argument(name, index + 1)}`).join(",\n")}
) AS id`;

function argument(name: EventField, position: number): string {
	const text = `$${position}::${EVENT_FIELDS[name].type}`;
	const [value, inMs] = [`$${FIELDS + 1}`, `$${FIELDS + 2}`];
	if (name === "payload") {
		return `${text} || CASE WHEN ${value}::text IS NULL THEN '{}' ELSE jsonb_build_object('value', ${value}::jsonb) END`;
	}
	if (name === "deliver_after") {
		return `coalesce(${text}, clock_timestamp() + ${inMs}::float8 * interval '1 millisecond')`;
	}
	return text;
}

/**
 * Writes one event in a transaction of its own and returns its id.
 *
 * @throws OutboxError `event_refused` with the rule that the event breaks, or what else PostgreSQL says.
 */
export async function emitText(db: Database, event: TextEvent): Promise<string> {
	const when = event.deliver_after;
	const iso = when !== null && "iso" in when ? when.iso : null;
	const inMs = when !== null && "inMs" in when ? when.inMs : null;
	const fields = EVENT_FIELD_NAMES.map((name) => (name === "deliver_after" ? iso : event[name]));
	const { rows } = await db.query<{ id: string }>(EMIT, [...fields, event.value, inMs]).catch((error) => {
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
