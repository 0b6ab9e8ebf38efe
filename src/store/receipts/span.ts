import type { Moment } from "../../moment.ts";
import type { Database } from "../database.ts";

/** From when until when, by the database's clock. */
export interface Span {
	/** Null: from the beginning. */
	readonly since: string | null;
	/** Null: until now. */
	readonly until: string | null;
	readonly now: Date;
}

const SPAN = `
SELECT n.now,
       CASE WHEN $2::float8 IS NULL THEN $1 ELSE to_json(n.now - $2 * interval '1 millisecond') #>> '{}' END AS since,
       CASE WHEN $4::float8 IS NULL THEN $3 ELSE to_json(n.now - $4 * interval '1 millisecond') #>> '{}' END AS until
FROM (SELECT clock_timestamp() AS now) n`;

export async function resolveSpan(
	db: Database,
	{ since, until }: { readonly since?: Moment | undefined; readonly until?: Moment | undefined },
): Promise<Span> {
	const { rows } = await db.query<Span>(SPAN, [...valuesOf(since), ...valuesOf(until)]);
	return rows[0] as Span;
}

function valuesOf(moment: Moment | undefined): [iso: string | null, agoMs: number | null] {
	if (moment === undefined) return [null, null];
	return moment.kind === "absolute" ? [moment.iso, null] : [null, moment.ms];
}
