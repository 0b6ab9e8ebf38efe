import type { Anchor, AnchorHead } from "../../audit/anchors.ts";
import type { Database } from "../database.ts";

/** Of one anchor: a line stays readable. */
const MOST_HEADS = 200;

const HEADS = `
SELECT h.chain, h.entry_no::float8 AS entry_no, h.hash, i.installation_id AS installation
FROM reward_outbox.chain_heads($1) h, reward_outbox.installation i`;

const GROWN = `
SELECT EXISTS (SELECT FROM reward_outbox.unchained_attempts)
    OR EXISTS (SELECT FROM reward_outbox.chain_heads(1)) AS grown`;

/** Whether anything was recorded since the last entries were told. */
export async function isGrown(db: Database): Promise<boolean> {
	const { rows } = await db.query<{ grown: boolean }>(GROWN);
	return rows[0]?.grown === true;
}

/** The last entries of chains that grew since they were told; null: none did. */
export async function readHeads(db: Database): Promise<Anchor | null> {
	const { rows } = await db.query<AnchorHead & { installation: string }>(HEADS, [MOST_HEADS]);
	const [first] = rows;
	if (first === undefined) return null;
	return {
		installation: first.installation,
		heads: rows.map(({ chain, entry_no, hash }) => ({ chain, entry_no, hash })),
	};
}

/** These were told outside. */
export async function headsTold(db: Database, { heads }: Anchor): Promise<void> {
	await db.query("SELECT reward_outbox.chain_told($1, $2)", [
		heads.map(({ chain }) => chain),
		heads.map(({ entry_no }) => entry_no),
	]);
}
