import type { Database } from "./database.ts";

/** What a running relay knows to be on record: if it is missing, the database went back in time under it. */
export interface Evidence {
	readonly relayNo: number;
	/** Leases it holds that can not have expired yet. */
	readonly openLeases: readonly string[];
}

const EVIDENCE = `
SELECT EXISTS (SELECT FROM reward_outbox.relays WHERE relay_no = $1)
   AND (SELECT count(*) FROM reward_outbox.claims WHERE lease_id = ANY ($2::uuid[])) = cardinality($2::uuid[]) AS complete`;

/**
 * Why this may not be the database whose events were being sent (a restored dump, a copy, a point-in-time recovery); null: it is.
 * A new timeline on which all of the caller's evidence is present is a failover that lost nothing of it, and is followed.
 * @param evidence null: a relay that has just started and knows nothing
 */
export async function checkIdentity(db: Database, evidence: Evidence | null): Promise<string | null> {
	const follow = evidence !== null && (await isComplete(db, evidence));
	const { rows } = await db.query<{ problem: string | null }>("SELECT reward_outbox.check_identity($1) AS problem", [
		follow,
	]);
	return rows[0]?.problem ?? null;
}

async function isComplete(db: Database, evidence: Evidence): Promise<boolean> {
	const { rows } = await db.query<{ complete: boolean }>(EVIDENCE, [evidence.relayNo, evidence.openLeases]);
	return rows[0]?.complete ?? false;
}
