import type { Database } from "../database.ts";
import { isCancelled } from "../database-error.ts";

/** Longer than any plan takes. A function that counts as immutable is run while planning, and may sleep. */
const LIMIT_MS = 5_000;

/** What reading and planning a rule's expressions says of it. */
export interface CheckedRule {
	readonly name: string;
	/** Why it does not work; null: it does. */
	readonly problem: string | null;
}

/**
 * Has PostgreSQL read and plan a rule's expressions, with the rights of its table's owner, and takes back whatever they
 * did. The connection is closed: an expression may have done anything to its session. One that takes too long is a
 * problem like any other, so that it does not keep the rest from being checked.
 */
export async function checkWatch(db: Database, name: string): Promise<CheckedRule> {
	const client = await db.connect();
	try {
		await client.query(`SET statement_timeout = ${LIMIT_MS}`);
		const { rows } = await client.query<{ problem: string | null }>("SELECT reward_outbox.check_rule($1) AS problem", [
			name,
		]);
		return { name, problem: rows[0]?.problem ?? null };
	} catch (error) {
		if (!isCancelled(error)) throw error;
		return {
			name,
			problem: `planning its expressions took more than ${LIMIT_MS / 1000} s: does a function in them wait?`,
		};
	} finally {
		client.release(true);
	}
}
