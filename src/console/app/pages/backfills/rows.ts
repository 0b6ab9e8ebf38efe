import type { Backfill, BackfillPreviewRequest } from "../../../../api/schema/backfills.ts";

/** Which rows of which rule, as the page's address says it. */
export interface Choice {
	readonly watch: string;
	readonly column: string;
	readonly since: string;
	readonly until: string;
	readonly all: boolean;
}

export function choiceOf(query: Readonly<Record<string, string>>): Choice {
	const part = (name: string) => query[name] ?? "";
	return {
		watch: part("watch"),
		column: part("column"),
		since: part("since"),
		until: part("until"),
		all: query["all"] === "1",
	};
}

/** The same for the address; what is empty is left out. */
export function queryOf({ watch, column, since, until, all }: Choice): Record<string, string | undefined> {
	if (all) return { watch, all: "1", column: undefined, since: undefined, until: undefined };
	return { watch, column, since, until, all: undefined };
}

/** The same as a request has it. Null: a part is missing. */
export function rowsOf({ watch, column, since, until, all }: Choice): BackfillPreviewRequest | null {
	if (watch === "") return null;
	if (all) return { all };
	if (since === "" && until === "") return null;
	return {
		...(column === "" ? {} : { column }),
		...(since === "" ? {} : { since }),
		...(until === "" ? {} : { until }),
	};
}

/** `created_at from 30d on, before 2026-03-01`. */
export function askedInWords({ column, since, until }: Backfill["asked"]): string {
	if (column === undefined) return "every row";
	const bounds = [since && `from ${since} on`, until && `before ${until}`].filter(Boolean).join(", ");
	return `${column} ${bounds}`;
}
