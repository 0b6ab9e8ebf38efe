import { sql } from "kysely";
import { type EventFilter, type ResolvedFilter, resolveFilter } from "./filter.ts";
import type { Findings } from "./findings.ts";
import type { Reading } from "./reading.ts";
import { merged, search } from "./search.ts";
import { type Guess, guesses } from "./typed-query.ts";

/** The names in the metadata of this many of the newest events are tried. */
const SAMPLED = 2_000;
const MOST_NAMES = 12;

/** What was found, and what was searched for it. */
export interface TypedFindings extends Findings {
	/** In words: `user 4711`. */
	readonly searched: readonly string[];
}

/** The newest events of all that a person may mean by what was typed; each guess is a search with its own bounds. */
export async function findTyped(
	reading: Reading,
	asked: {
		readonly typed: string;
		readonly filter: EventFilter;
		readonly below: string | null;
		readonly limit: number;
	},
): Promise<TypedFindings> {
	const { typed, filter, below, limit } = asked;
	const possible = guesses(typed, await namesInUse(reading)).filter((guess) => isPossible(guess, filter));
	const each: Findings[] = [];
	for (const guess of possible) {
		const resolved: ResolvedFilter = await resolveFilter(reading, { ...filter, ...guess.filter });
		each.push(await search(reading, { filter: resolved, below, order: "desc", limit }));
	}
	return { ...merged(each, limit), searched: possible.map(({ said }) => said) };
}

/** Whatever the filter says already cannot be meant otherwise. */
function isPossible({ filter: guessed }: Guess, given: EventFilter): boolean {
	return Object.entries(guessed).every(([name, value]) => {
		const other = given[name as keyof EventFilter];
		return other === undefined || other === value;
	});
}

/** What applications put into metadata lately: the most frequent names first. */
async function namesInUse({ db }: Reading): Promise<string[]> {
	const { rows } = await sql<{ name: string }>`
		SELECT k.name
		FROM (
			SELECT CASE WHEN jsonb_typeof(o.metadata) = 'object' THEN o.metadata ELSE '{}' END AS metadata
			FROM reward_outbox.outbox o
			ORDER BY o.id DESC
			LIMIT ${sql.lit(SAMPLED)}
		) newest
		CROSS JOIN LATERAL jsonb_object_keys(newest.metadata) AS k(name)
		WHERE octet_length(k.name) <= 100
		GROUP BY k.name
		ORDER BY count(*) DESC, k.name
		LIMIT ${sql.lit(MOST_NAMES)}`.execute(db);
	return rows.map(({ name }) => name);
}
