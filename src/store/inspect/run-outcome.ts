import { sql } from "kysely";
import type { Status } from "../../event/event.ts";
import type { Database } from "../database.ts";
import { readConsistently } from "./reading.ts";

/** What became of the events that a run changed. */
export interface RunOutcome {
	/** How many stand in each status now. */
	readonly by_status: Readonly<Partial<Record<Status, number>>>;
	/** More were changed than are looked at. */
	readonly at_least: boolean;
	/** The database's clock. */
	readonly now: Date;
}

const MOST_EVENTS = 20_000;

/** Where the events of a run stand by now: retried is not delivered. */
export function readRunOutcome(database: Database, run: string): Promise<RunOutcome> {
	return readConsistently(database, async ({ db, now }) => {
		const { rows } = await sql<{ status: Status; events: number }>`
			WITH changed AS MATERIALIZED (
				SELECT DISTINCT d.event_id
				FROM reward_outbox.operations d
				WHERE d.run_no = ${run}::bigint
				  AND d.event_id IS NOT NULL
				LIMIT ${sql.lit(MOST_EVENTS)}
			)
			SELECT e.status, count(*)::float8 AS events
			FROM changed c
			JOIN reward_outbox.events e ON e.id = c.event_id
			GROUP BY e.status`.execute(db);
		const counted = rows.reduce((sum, { events }) => sum + events, 0);
		return {
			by_status: Object.fromEntries(rows.map(({ status, events }) => [status, events])),
			at_least: counted === MOST_EVENTS,
			now,
		};
	});
}
