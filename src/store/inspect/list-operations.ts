import { sql } from "kysely";
import { UsageError } from "../../errors.ts";
import type { OperationFacts } from "../../event/facts.ts";
import { exactJson } from "../../exact-json.ts";
import type { Database } from "../database.ts";
import { type Instant, instant } from "./filter.ts";
import { readConsistently } from "./reading.ts";

/** Which decisions are meant; what is left out does not matter. */
export interface OperationFilter {
	readonly action?: string;
	/** Who: the name given, without the database role that stands behind it on record, or with it. */
	readonly actor?: string;
	readonly trigger?: string;
	readonly event?: string;
	/** What was decided in this run over many events, event by event. Without it a run is one row: its beginning. */
	readonly run?: string;
	/** Decided at this time or later. */
	readonly since?: Instant;
	/** Decided before this time. */
	readonly until?: Instant;
}

export interface OperationRow extends OperationFacts {
	readonly event_id: string | null;
	readonly trigger_id: string | null;
	/** The run over many events that it was part of, or began. */
	readonly run_no: string | null;
	/** For the page that follows this row. */
	readonly cursor: string;
}

export interface OperationPage {
	/** The latest first. */
	readonly operations: readonly OperationRow[];
	/** For the next page; null: this is the last. */
	readonly nextCursor: string | null;
	/** The database's clock. */
	readonly now: Date;
}

/** What people decided, the latest first, page by page. @throws UsageError for a wrong cursor */
export async function listOperations(
	database: Database,
	request: { readonly filter: OperationFilter; readonly limit: number; readonly cursor?: string },
): Promise<OperationPage> {
	const { filter, limit } = request;
	const below = request.cursor === undefined ? null : numberOfCursor(request.cursor);
	return readConsistently(database, async ({ db, now }) => {
		const rows = await db
			.selectFrom("operations as o")
			.select(["o.operation_no", "o.at", "o.actor", "o.action", "o.event_id", "o.trigger_id", "o.reason", "o.run_no"])
			.select(sql<string | null>`o.detail::text`.as("detail"))
			.$if(below !== null, (query) => query.where("o.operation_no", "<", below as string))
			.$if(filter.action !== undefined, (query) => query.where("o.action", "=", filter.action as string))
			.$if(filter.trigger !== undefined, (query) => query.where("o.trigger_id", "=", filter.trigger as string))
			.$if(filter.run !== undefined, (query) =>
				query.where("o.run_no", "=", filter.run as string).where("o.event_id", "is not", null),
			)
			.$if(filter.run === undefined && filter.event === undefined, (query) => query.where(ONE_ROW_PER_RUN))
			.$if(filter.since !== undefined, (query) => query.where(sql<boolean>`o.at >= ${instant(filter.since)}`))
			.$if(filter.until !== undefined, (query) => query.where(sql<boolean>`o.at < ${instant(filter.until)}`))
			.$if(filter.event !== undefined, (query) => query.where("o.event_id", "=", filter.event as string))
			.$if(filter.actor !== undefined, (query) => {
				const actor = filter.actor as string;
				return query.where(sql<boolean>`(o.actor = ${actor} OR starts_with(o.actor, ${`${actor} (`}))`);
			})
			.orderBy("o.operation_no", "desc")
			.limit(limit + 1)
			.execute();
		const page = rows.slice(0, limit);
		const last = page.at(-1);
		return {
			operations: page.map(({ operation_no: number, detail, ...row }) => ({
				...row,
				detail: detail === null ? null : exactJson(detail),
				cursor: cursorBelow(number),
			})),
			nextCursor: rows.length > limit && last !== undefined ? cursorBelow(last.operation_no) : null,
			now,
		};
	});
}

/** The first part is the condition of an index, so that the rows of a run are not walked over. */
const ONE_ROW_PER_RUN = sql<boolean>`(o.run_no IS NULL OR o.event_id IS NULL)
	AND (o.run_no IS NULL OR o.detail ->> 'phase' = 'started' OR o.action = 'bulk_stop')`;

function cursorBelow(operationNo: string): string {
	return Buffer.from(`o${operationNo}`).toString("base64url");
}

function numberOfCursor(cursor: string): string {
	const number = /^o([1-9][0-9]{0,17})$/.exec(Buffer.from(cursor.slice(0, 100), "base64url").toString())?.[1];
	if (number !== undefined && cursorBelow(number) === cursor) return number;
	throw new UsageError("the cursor is not one of this list's", { hint: "leave it out to begin with the latest" });
}
