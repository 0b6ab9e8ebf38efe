import { sql } from "kysely";
import type { Reading } from "./reading.ts";

export interface BrokenWatch {
	readonly name: string;
	readonly table: string;
	/** Why, in PostgreSQL's words mostly. */
	readonly problem: string;
}

/** Told to relays as well: whoever is there has to notice. */
export async function brokenWatches({ db }: Reading): Promise<BrokenWatch[]> {
	const { rows } = await sql<BrokenWatch>`
		SELECT b.name, b.table_name AS "table", b.problem FROM reward_outbox.broken_watches() b`.execute(db);
	return rows;
}
