import type { Database } from "./database.ts";

/** Puts on record that somebody signed in to a console; a null actor: that some could not. */
export async function recordSignIn(db: Database, actor: string | null, detail: object): Promise<void> {
	const statement = "SELECT reward_outbox.record_sign_in($1, $2, $3)";
	await db.query(statement, [actor, actor === null, JSON.stringify(detail)]);
}
