import { sql } from "kysely";
import type { EventRow } from "../../event/columns.ts";
import type { AttemptFacts, OperationFacts } from "../../event/facts.ts";
import type { Database } from "../database.ts";
import { eventRows } from "./list-events.ts";
import { type Reading, readConsistently } from "./reading.ts";

/** What is shown of a very long history: its beginning and its end. */
const FIRST_ATTEMPTS = 20;
const LAST_ATTEMPTS = 80;
const MOST_OPERATIONS = 100;

export interface EventRecord {
	readonly event: EventRow & { readonly deliver_after: Date | null };
	/** Oldest first. */
	readonly attempts: readonly AttemptFacts[];
	/** Attempts between the first and the last ones that are not in the list. */
	readonly attempts_left_out: number;
	/** What people decided about it, oldest first; the last 100. */
	readonly operations: readonly OperationFacts[];
	/** The database's clock. */
	readonly now: Date;
}

/** One event with its attempts and decisions; null: there is no such event. */
export function readEvent(database: Database, id: string): Promise<EventRecord | null> {
	return readConsistently(database, (reading) => recordOf(reading, id));
}

export async function recordOf(reading: Reading, id: string): Promise<EventRecord | null> {
	const { db, now } = reading;
	const [row] = await eventRows(reading, [id]);
	if (row === undefined) return null;
	const written = await db
		.selectFrom("outbox as o")
		.select("o.deliver_after")
		.where("o.id", "=", id)
		.executeTakeFirst();
	const event = { ...row, deliver_after: written?.deliver_after ?? null };
	return { event, ...(await attemptsOf(reading, id)), operations: await operationsOf(reading, id), now };
}

async function attemptsOf({ db }: Reading, id: string) {
	const numbered = db
		.selectFrom("attempts as a")
		.where("a.event_id", "=", id)
		.select(["a.attempt", "a.started_at", "a.duration_ms", "a.outcome", "a.http_status"])
		.select(["a.error_code", "a.error_message", "a.response_body", "a.relay", "a.response_headers"])
		// An attempt may be on record twice: reaped first, accepted after all.
		.select([
			sql<number>`(row_number() OVER (ORDER BY a.attempt, a.outcome <> 'ambiguous'))::integer`.as("position"),
			sql<number>`(count(*) OVER ())::integer`.as("total"),
		]);
	const rows = await db
		.selectFrom(numbered.as("n"))
		.selectAll()
		.where((n) =>
			n.or([n("position", "<=", FIRST_ATTEMPTS), n("position", ">", sql<number>`total - ${sql.lit(LAST_ATTEMPTS)}`)]),
		)
		.orderBy("position")
		.execute();
	const attempts = rows.map(({ position: _, total: __, ...attempt }): AttemptFacts => attempt);
	return { attempts, attempts_left_out: (rows[0]?.total ?? 0) - rows.length };
}

async function operationsOf({ db }: Reading, id: string): Promise<OperationFacts[]> {
	const latest = await db
		.selectFrom("operations as o")
		.select(["o.at", "o.actor", "o.action", "o.reason", "o.detail"])
		.where("o.event_id", "=", id)
		.orderBy("o.operation_no", "desc")
		.limit(MOST_OPERATIONS)
		.execute();
	return latest.reverse();
}
