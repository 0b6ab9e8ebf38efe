import { sql } from "kysely";
import type { Status } from "../../event/event.ts";
import { OUTCOME_CLASSES, OUTCOMES } from "../../event/outcome.ts";
import type { RefusalCode } from "../../event/refusal.ts";
import type { BulkOrder } from "../bulk-runs.ts";
import type { Database } from "../database.ts";
import type { Candidates } from "./candidates.ts";
import { type EventFilter, resolveFilter } from "./filter.ts";
import { type Reading, readConsistently } from "./reading.ts";
import { oldest } from "./search.ts";

/** Events of a selection that are alike in everything that decides whether they can be changed. */
export interface SelectionGroup {
	readonly trigger_id: string;
	readonly status: Status;
	/** Why they would be left out; null: they would not. */
	readonly refused: RefusalCode | null;
	/** An attempt of it was accepted, or may have been. */
	readonly may_be_applied: boolean;
	/** Not among the oldest that are asked for. */
	readonly beyond: boolean;
	readonly events: number;
	/** The oldest few. */
	readonly first_ids: readonly string[];
}

export interface Selection {
	readonly groups: readonly SelectionGroup[];
	/** More match than were counted. */
	readonly more: boolean;
}

const SAMPLE = 5;
const MAY_BE_APPLIED = OUTCOME_CLASSES.filter((outcome) => OUTCOMES[outcome].mayBeApplied);

/**
 * What a filter selects, counted, oldest first.
 * @param order what is to be done to it
 * @param max events that are asked for
 * @param mostCounted how far is counted
 */
export function groupSelection(
	database: Database,
	eventFilter: EventFilter,
	order: Pick<BulkOrder, "action" | "allowDuplicates">,
	{ max, mostCounted }: { readonly max: number; readonly mostCounted: number },
): Promise<Selection> {
	return readConsistently(database, async (reading) => {
		const page = await oldestOf(reading, eventFilter, mostCounted + 1);
		const { rows } = await sql<SelectionGroup & { more: boolean }>`
			WITH page AS MATERIALIZED (SELECT p.id, row_number() OVER (ORDER BY p.id) AS position FROM ${page} p)
			SELECT e.trigger_id, e.status,
			       reward_outbox.refusal_code(${order.action}, e.status, s.duplicate_of IS NOT NULL,
			         e.ordering_key IS NOT NULL AND s.event_id IS NULL, ${order.allowDuplicates}) AS refused,
			       EXISTS (SELECT FROM reward_outbox.attempt_log l
			               WHERE l.event_id = e.id AND l.outcome::text = ANY (${MAY_BE_APPLIED}::text[])) AS may_be_applied,
			       page.position > ${max} AS beyond,
			       count(*)::float8 AS events,
			       (SELECT count(*) FROM page) > ${mostCounted} AS more,
			       ((array_agg(e.id::text ORDER BY e.id))[1:${sql.lit(SAMPLE)}]) AS first_ids
			FROM page
			JOIN reward_outbox.events e ON e.id = page.id
			LEFT JOIN reward_outbox.event_states s ON s.event_id = page.id
			WHERE page.position <= ${mostCounted}
			GROUP BY 1, 2, 3, 4, 5`.execute(reading.db);
		return { groups: rows, more: rows[0]?.more ?? false };
	});
}

/** An event of a run, as it stood when it was selected. */
export interface SelectedEvent {
	readonly id: string;
	readonly status: Status;
}

/** The oldest events that a filter selects, with their status. */
export function selectEvents(database: Database, eventFilter: EventFilter, max: number): Promise<SelectedEvent[]> {
	return readConsistently(database, async (reading) => {
		const page = await oldestOf(reading, eventFilter, max);
		const { rows } = await sql<SelectedEvent>`
			WITH page AS MATERIALIZED (SELECT p.id FROM ${page} p)
			SELECT e.id, e.status FROM page JOIN reward_outbox.events e ON e.id = page.id ORDER BY e.id`.execute(reading.db);
		return rows;
	});
}

async function oldestOf(reading: Reading, eventFilter: EventFilter, limit: number): Promise<Candidates> {
	return oldest(reading, await resolveFilter(reading, eventFilter), limit);
}

/** How some events stand now. What was pruned is not among them. */
export function statusesOf(database: Database, ids: readonly string[]): Promise<Map<string, Status>> {
	return readConsistently(database, async ({ db }) => {
		const { rows } = await sql<SelectedEvent>`
			SELECT e.id, e.status FROM unnest(${ids}::uuid[]) AS asked(id) JOIN reward_outbox.events e ON e.id = asked.id`.execute(
			db,
		);
		return new Map(rows.map(({ id, status }) => [id, status]));
	});
}
