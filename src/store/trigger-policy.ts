import type { DeliveryMode } from "../event/event.ts";
import type { Database } from "./database.ts";

/** Settings to change; what is left out stays. Null takes a limit away. */
export interface PolicyChanges {
	readonly mode?: DeliveryMode;
	/** 1 to 1000; null: the relay's own limit. */
	readonly max_attempts?: number | null;
	/** 0.00001 (about one a day) to 100 000, over all relays. */
	readonly rate_per_second?: number | null;
	/** 1 to 10 000, over all relays. */
	readonly max_in_flight?: number | null;
	/** The retry of an ambiguous attempt is made at once, or waits for a receipt as long as one usually takes. */
	readonly retry_ambiguous?: "at_once" | "after_evidence";
	/** Receipts decide that an event was applied. */
	readonly auto_confirm?: boolean;
	/** The lack of receipts decides that an uncertain event was not applied: it is sent again. */
	readonly auto_resend?: boolean;
}

export async function setTrigger(
	db: Database,
	triggerId: string,
	changes: PolicyChanges,
	actor: string | null,
): Promise<void> {
	await db.query("SELECT reward_outbox.set_trigger($1, $2, $3)", [triggerId, JSON.stringify(changes), actor]);
}

/** Nothing of the trigger is sent until it is resumed. */
export async function pauseTrigger(
	db: Database,
	triggerId: string,
	reason: string,
	actor: string | null,
): Promise<void> {
	await db.query("SELECT reward_outbox.pause_trigger($1, $2, $3)", [triggerId, reason, actor]);
}

/** Ends a pause, a relay's too. False: it was not paused. */
export async function resumeTrigger(
	db: Database,
	triggerId: string,
	reason: string | null,
	actor: string | null,
): Promise<boolean> {
	const { rows } = await db.query<{ done: boolean }>("SELECT reward_outbox.resume_trigger($1, $2, $3) AS done", [
		triggerId,
		reason,
		actor,
	]);
	return rows[0]?.done ?? false;
}
