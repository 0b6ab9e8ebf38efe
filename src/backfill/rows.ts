import { UsageError } from "../errors.ts";
import { MOMENT_FORMS, momentOrNull } from "../moment.ts";
import type { Bounds, Column } from "../store/watches/backfill.ts";
import { didYouMean } from "../suggestion.ts";

/** Which rows, as somebody says it. */
export interface RowChoice {
	readonly since?: string;
	readonly until?: string;
	readonly column?: string;
	readonly all?: boolean;
}

/** What a part of a choice is called where it is typed: `--since`. */
export type Naming = (part: keyof RowChoice) => string;

/** Which rows were chosen: what is kept of a backfill, so that the same choice finds it again. */
export interface Asked {
	readonly column?: string;
	readonly since?: string;
	readonly until?: string;
}

const CREATION = ["created_at", "created_on", "created", "create_date", "inserted_at", "date_created", "createdat"];

/** What a choice means for a table of these columns. @throws UsageError */
export function askedFor(choice: RowChoice, table: string, columns: readonly Column[], naming: Naming): Asked {
	const { since, until, column, all } = choice;
	const bounds = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
	const [SINCE, UNTIL, COLUMN, ALL] = [naming("since"), naming("until"), naming("column"), naming("all")];
	if (Object.keys(bounds).length > 0) {
		if (all) throw new UsageError(`${ALL} goes with neither ${SINCE} nor ${UNTIL}`);
		return { column: columnFor(column, table, columns, naming), ...bounds };
	}
	if (column !== undefined) throw new UsageError(`${COLUMN} needs ${SINCE} or ${UNTIL}`);
	if (all) return {};
	throw new UsageError("which rows are meant is not said", {
		hint: `give ${SINCE}, such as 2026-01-01 or 30d, or ${ALL}`,
	});
}

function columnFor(given: string | undefined, table: string, columns: readonly Column[], naming: Naming): string {
	const names = columns.map(({ name }) => name);
	if (given !== undefined) {
		if (names.includes(given)) return given;
		const meant = didYouMean(given, names);
		throw new UsageError(`${table} has no column ${given}`, {
			hint: meant === null ? `it has ${names.join(", ")}` : `did you mean ${meant}?`,
		});
	}
	const times = columns.filter(({ isTime }) => isTime).map(({ name }) => name);
	const likely = times.length === 1 ? times : times.filter((name) => CREATION.includes(name.toLowerCase()));
	if (likely.length === 1) return likely[0] as string;
	throw new UsageError(`which column of ${table} ${naming("since")} and ${naming("until")} mean is not said`, {
		hint:
			times.length === 0
				? `no column holds a date or time; name one that grows as ${naming("column")}, or use ${naming("all")}`
				: `add ${naming("column")} with one of ${times.join(", ")}`,
	});
}

/**
 * The same as the database compares it.
 *
 * @param isTime The column holds dates or times; other values are PostgreSQL's to read.
 * @param ago The moment that many milliseconds ago.
 * @throws UsageError
 */
export async function boundsOf(
	asked: Asked,
	isTime: boolean,
	ago: (ms: number) => Promise<string>,
	naming: Naming,
): Promise<Bounds> {
	const read = async (part: "since" | "until", text: string): Promise<string> => {
		if (!isTime) return text;
		const moment = momentOrNull(text);
		if (moment === null) throw new UsageError(`${naming(part)} ${text}: expected ${MOMENT_FORMS}`);
		return moment.kind === "absolute" ? moment.iso : await ago(moment.ms);
	};
	return {
		...asked,
		...(asked.since === undefined ? {} : { since: await read("since", asked.since) }),
		...(asked.until === undefined ? {} : { until: await read("until", asked.until) }),
	};
}

/** `with created_at from 2026-01-01T00:00:00Z on`: to be put behind a number of rows. */
export function boundsInWords({ column, since, until }: Bounds): string {
	if (column === undefined) return "in all";
	return [`with ${column}`, since && `from ${since} on`, until && `before ${until}`].filter(Boolean).join(" ");
}
