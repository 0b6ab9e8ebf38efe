import { sql } from "kysely";
import type { Status } from "../../event/event.ts";
import { type Window, written } from "./candidates.ts";
import { idTime, type ResolvedFilter } from "./filter.ts";
import type { Findings } from "./findings.ts";
import type { Reading } from "./reading.ts";

/** Events that are looked at in one statement. */
const AT_ONCE = 2000;
/** Statements of one search. */
const MOST_LOOKS = 5;

type Asked = Window & { readonly order: "desc" };

/**
 * Looks at the newest events that match as far as indexes know, one by one, until enough are found or enough were
 * looked at.
 * @param find the newest events of a window, by what indexes know
 */
export async function examine(
	reading: Reading,
	asked: Asked,
	find: (base: Asked) => Promise<Findings>,
): Promise<Findings> {
	const { run } = asked.filter;
	const base = { ...asked, filter: withoutExamined(asked.filter), limit: AT_ONCE };
	const ids: string[] = [];
	let { below } = asked;
	for (let looks = 0; looks < MOST_LOOKS; looks++) {
		const found = run === undefined ? await find({ ...base, below }) : await eventsOfRun(reading, run, below);
		ids.push(...(await matching(reading, found.ids, asked)));
		if (ids.length >= asked.limit) return { ids: ids.slice(0, asked.limit), endedAt: null };
		if (found.endedAt !== null) return { ids, endedAt: found.endedAt };
		below = found.ids.at(-1) ?? null;
		if (found.ids.length < AT_ONCE || below === null) return { ids, endedAt: null };
	}
	return { ids, endedAt: below === null ? null : { id: below, time: idTime(below) } };
}

function withoutExamined(filter: ResolvedFilter): ResolvedFilter {
	const { httpStatus: _, errorCode: __, error: ___, text: ____, run: _____, ...rest } = filter;
	return rest;
}

/** A run has at most 100 000 events, and an index has them together. */
async function eventsOfRun({ db }: Reading, run: string, below: string | null): Promise<Findings> {
	const rows = await db
		.selectFrom("operations as d")
		.select("d.event_id as id")
		.distinct()
		.where("d.run_no", "=", run)
		.where("d.event_id", "is not", null)
		.$if(below !== null, (query) => query.where("d.event_id", "<", below as string))
		.orderBy("d.event_id", "desc")
		.limit(AT_ONCE)
		.execute();
	return { ids: rows.map(({ id }) => id as string), endedAt: null };
}

/** Those of some events that match the whole filter, newest first. */
async function matching(reading: Reading, ids: readonly string[], asked: Asked): Promise<string[]> {
	if (ids.length === 0) return [];
	const statuses = statusesOf(asked.filter);
	const rows = await written(reading, { ...asked, below: null })
		.where(sql<boolean>`o.id = ANY (${ids}::uuid[])`)
		.$if(statuses !== null, (query) =>
			query.where(
				sql<boolean>`(SELECT e.status FROM reward_outbox.events e WHERE e.id = o.id) = ANY (${statuses}::text[])`,
			),
		)
		.orderBy("o.id", "desc")
		.execute();
	return rows.map(({ id }) => id);
}

function statusesOf({ status, statuses }: ResolvedFilter): readonly Status[] | null {
	return status === undefined ? (statuses ?? null) : [status];
}
