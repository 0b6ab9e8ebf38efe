import type { AttentionCode, AttentionInWords } from "../event/attention-entry.ts";
import type { Database } from "./database.ts";

/** A message that is to be sent now. */
export interface DueAlert extends Omit<AttentionInWords, "since"> {
	readonly status: "firing" | "over";
	readonly since: Date;
	/** When it was decided that this is to be told, by the database's clock. */
	readonly at: Date;
	/** Of the database. */
	readonly database: string;
	/** A uuid: of this time that it is the case, from the first message to the last. */
	readonly incident: string;
}

export interface AlertPolicy {
	/** What has not lasted this long is not told. Milliseconds. */
	readonly lastingMs: number;
	/** Of what never passes by itself. Milliseconds. */
	readonly lastingMsOf?: Partial<Readonly<Record<AttentionCode, number>>>;
	/** What has been gone for less is not over. Milliseconds. */
	readonly goneMs: number;
	/** Messages handed out at once, at most. */
	readonly most: number;
	/** After this many attempts a message is given up. */
	readonly mostTries: number;
	/** Before the second attempt; it doubles from there, up to ten minutes. Milliseconds. */
	readonly retryMs: number;
}

/** What one relay does on behalf of all. */
type AlertTurn = "look" | "heartbeat" | "reconcile" | "retain" | "anchor";

/** Whether the caller is the one to do it now: no relay has for `everyMs`. */
export async function takeAlertTurn(db: Database, turn: AlertTurn, everyMs: number): Promise<boolean> {
	const sql = "SELECT reward_outbox.take_alert_turn($1, $2) AS taken";
	const { rows } = await db.query<{ taken: boolean }>(sql, [turn, everyMs]);
	return rows[0]?.taken ?? false;
}

const OBSERVE = `
SELECT status, code, subject, severity, title, remedy, since, at, incident, current_database() AS database
FROM reward_outbox.observe_attention($1, $2, $3, $4, $5, $6)`;

/** Records what needs a person now; returns the messages that the caller is to send. */
export async function observeAttention(
	db: Database,
	seen: readonly AttentionInWords[],
	policy: AlertPolicy,
): Promise<DueAlert[]> {
	const { lastingMs, lastingMsOf = {}, goneMs, most, mostTries, retryMs } = policy;
	const now = JSON.stringify(seen.map((entry) => ({ ...entry, lasting_ms: lastingMsOf[entry.code] })));
	return (await db.query<DueAlert>(OBSERVE, [now, lastingMs, goneMs, most, mostTries, retryMs])).rows;
}

/** The receiver has taken a message. */
export async function alertTold(db: Database, { status, code, subject }: DueAlert): Promise<void> {
	await db.query("SELECT reward_outbox.alert_told($1, $2, $3)", [status, code, subject]);
}
