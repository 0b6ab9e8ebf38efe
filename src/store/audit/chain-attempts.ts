import type { ChainedPiece } from "../../audit/chainer.ts";
import type { Database } from "../database.ts";

const CHAIN = "SELECT c.attempts, c.through::text AS through FROM reward_outbox.chain_attempts($1, $2) c";

/**
 * Chains some of the attempts that are on record and in no chain yet.
 * @param after the batch after which they come; "0": all
 * @param relayNo of which relay; null: of all
 */
export async function chainAttempts(db: Database, after: string, relayNo: number | null): Promise<ChainedPiece> {
	const { rows } = await db.query<ChainedPiece>(CHAIN, [after, relayNo]);
	return rows[0] as ChainedPiece;
}
