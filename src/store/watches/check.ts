import type { Database } from "../database.ts";

/** What reading and planning a rule's expressions says of it. */
export interface CheckedRule {
	readonly name: string;
	/** Why it does not work; null: it does. */
	readonly problem: string | null;
}

/**
 * Has PostgreSQL read and plan a rule's expressions, with the rights of its table's owner, and takes back whatever they
 * did. The connection is closed: an expression may have done anything to its session.
 */
export async function checkWatch(db: Database, name: string): Promise<CheckedRule> {
	const client = await db.connect();
	try {
		const { rows } = await client.query<{ problem: string | null }>("SELECT reward_outbox.check_rule($1) AS problem", [
			name,
		]);
		return { name, problem: rows[0]?.problem ?? null };
	} finally {
		client.release(true);
	}
}
