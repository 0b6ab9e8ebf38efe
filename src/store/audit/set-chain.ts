import type { Database } from "../database.ts";

/** Switches the chaining of what is recorded on or off. @returns whether that changed something */
export async function setChain(
	db: Database,
	chained: boolean,
	{ actor, reason }: { readonly actor: string | null; readonly reason: string | null },
): Promise<boolean> {
	const statement = "SELECT reward_outbox.set_chain($1, $2, $3) AS changed";
	return (await db.query<{ changed: boolean }>(statement, [chained, reason, actor])).rows[0]?.changed ?? false;
}
