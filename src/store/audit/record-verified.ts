import type { Verdict } from "../../audit/findings.ts";
import type { Database } from "../database.ts";

/** A standby, or a database that was made read-only. */
const READ_ONLY = "25006";

/** Puts on record that somebody looked, and what was found. False: nothing can be written here. */
export async function recordVerified(
	db: Database,
	{ problems, since, attempts, decisions, anchors }: Verdict,
	actor: string | null,
): Promise<boolean> {
	const statement = "SELECT reward_outbox.record_verified($1, $2, $3)";
	try {
		await db.query(statement, [problems, { since, attempts, decisions, anchors }, actor]);
		return true;
	} catch (error) {
		if ((error as { code?: unknown }).code !== READ_ONLY) throw error;
		return false;
	}
}
