import type { RefusalCode } from "../event/refusal.ts";
import type { Database } from "./database.ts";
import { sqlState } from "./database-error.ts";
import type { Decider } from "./decide-events.ts";

export interface EventToWrite {
	readonly trigger: string;
	readonly user: string;
	/** JSON text of an object. */
	readonly payload: string;
	/** The event that it is a correction of; null: it is a test. */
	readonly of: string | null;
	/** Also when Reward may have applied that one. */
	readonly allowDuplicates: boolean;
	readonly decider: Decider;
}

/** The new event's id; or the rule of an event that it breaks; or why it cannot replace the other one. */
export type WrittenEvent = { readonly eventId: string } | { readonly rule: string } | { readonly refused: RefusalCode };

const WRITE = "SELECT event_id, refused FROM reward_outbox.write_event($1, $2, $3, $4, $5, $6, $7)";
const CHECK_VIOLATION = "23514";

/** Writes an event on behalf of an operator, on record with who and why. */
export async function writeEvent(db: Database, event: EventToWrite): Promise<WrittenEvent> {
	const { trigger, user, payload, of, allowDuplicates, decider } = event;
	try {
		const values = [trigger, user, payload, of, allowDuplicates, decider.reason, decider.actor];
		const { rows } = await db.query<{ event_id: string | null; refused: RefusalCode | null }>(WRITE, values);
		const [row] = rows;
		return row?.event_id ? { eventId: row.event_id } : { refused: row?.refused ?? "no_such_event" };
	} catch (error) {
		if (sqlState(error) !== CHECK_VIOLATION) throw error;
		return { rule: String((error as { constraint?: unknown }).constraint ?? "it breaks a rule of an event") };
	}
}
