import type { RefusalCode } from "../event/refusal.ts";
import type { Database } from "./database.ts";

/** Who decides, and why. Goes on record with every decision. */
export interface Decider {
	/** A person's name; null: the database role is all that is known. */
	readonly actor: string | null;
	readonly reason: string | null;
	/** The run over many events that the decision is a part of; left out: none. */
	readonly run?: string | null;
}

/** What became of a request about one event. Named as it is printed. */
export interface DecisionResult {
	readonly event_id: string;
	readonly done: boolean;
	/** Its status before; null: there is no such event. */
	readonly was: string | null;
	/** Why it was not done; null: it was. */
	readonly refused: RefusalCode | null;
}

const COLUMNS = "event_id, done, was, refused";

/**
 * Back to pending, due at once, with a fresh budget of attempts. One transaction that keeps relays from claiming: at
 * most some hundred ids at a time.
 * @param allowDuplicates also what was delivered or may have been
 */
export async function retryEvents(
	db: Database,
	eventIds: readonly string[],
	allowDuplicates: boolean,
	{ reason, actor, run = null }: Decider,
): Promise<DecisionResult[]> {
	const statement = `SELECT ${COLUMNS} FROM reward_outbox.retry_events($1, $2, $3, $4, $5)`;
	return (await db.query<DecisionResult>(statement, [eventIds, allowDuplicates, reason, actor, run])).rows;
}

/** Pending, dead and uncertain events will not be sent (again). At most some hundred ids at a time. */
export async function cancelEvents(
	db: Database,
	eventIds: readonly string[],
	{ reason, actor, run = null }: Decider,
): Promise<DecisionResult[]> {
	const statement = `SELECT ${COLUMNS} FROM reward_outbox.cancel_events($1, $2, $3, $4)`;
	return (await db.query<DecisionResult>(statement, [eventIds, reason, actor, run])).rows;
}

/** A person found out what became of an uncertain event. Not delivered: it is sent again. */
export async function resolveEvent(
	db: Database,
	eventId: string,
	delivered: boolean,
	{ reason, actor }: Decider,
): Promise<DecisionResult[]> {
	const statement = `SELECT ${COLUMNS} FROM reward_outbox.resolve_event($1, $2, $3, $4)`;
	return (await db.query<DecisionResult>(statement, [eventId, delivered, reason, actor])).rows;
}
