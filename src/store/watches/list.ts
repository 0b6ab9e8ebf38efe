import type { Database } from "../database.ts";
import { PLAIN_RULE, type Rule } from "./rule.ts";

/** A row of reward_outbox.watches. */
export interface Watch extends Rule {
	readonly created_at: Date;
	readonly created_by: string;
	readonly changed_at: Date;
	readonly changed_by: string;
	/** Whether the rule works as it stands. */
	readonly state: "ok" | "broken";
	/** Why it does not. */
	readonly problem: string | null;
	/** Row changes it missed and that wait for a replay. */
	readonly unresolved_errors: number;
}

const COLUMNS = `name, table_name AS "table", ${Object.keys(PLAIN_RULE).join(", ")}, created_at, created_by, changed_at, changed_by,
       state, problem, unresolved_errors::float8`;

/** Every rule, by name, and what the catalog says of it. */
export async function listWatches(db: Pick<Database, "query">): Promise<Watch[]> {
	return (await db.query<Watch>(`SELECT ${COLUMNS} FROM reward_outbox.watches ORDER BY name`)).rows;
}

export async function findWatch(db: Pick<Database, "query">, name: string): Promise<Watch | undefined> {
	return (await db.query<Watch>(`SELECT ${COLUMNS} FROM reward_outbox.watches WHERE name = $1`, [name])).rows[0];
}

/** Whether a rule had errors, or there is one of that name. */
export async function isWatch(db: Pick<Database, "query">, name: string): Promise<boolean> {
	const { rows } = await db.query<{ known: boolean }>(
		`SELECT EXISTS (SELECT FROM reward_outbox.watches WHERE name = $1)
		     OR EXISTS (SELECT FROM reward_outbox.watch_errors WHERE watch = $1) AS known`,
		[name],
	);
	return rows[0]?.known ?? false;
}

/** The names of all rules, of as many as anybody has. */
export async function watchNames(db: Pick<Database, "query">): Promise<string[]> {
	const names = "SELECT name FROM reward_outbox.watches ORDER BY name LIMIT 10000";
	return (await db.query<{ name: string }>(names)).rows.map(({ name }) => name);
}
