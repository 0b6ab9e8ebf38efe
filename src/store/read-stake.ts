import { type KindStake, NOTHING_AT_STAKE, STAKE_KINDS, type Stake, type StakeKind } from "../event/stake.ts";
import type { Database } from "./database.ts";

const STAKE = "SELECT v.kind, v.trigger_id, v.events, v.value, v.whole FROM reward_outbox.value_at_stake() v";

interface Row {
	readonly kind: StakeKind;
	/** Null: of all triggers. */
	readonly trigger_id: string | null;
	readonly events: number;
	readonly value: string;
	readonly whole: boolean;
}

/**
 * What events that are not simply delivered are worth; null: it cannot be told now. What hangs by it is never kept
 * waiting for long.
 */
export async function readStake(db: Database): Promise<Stake | null> {
	try {
		const { rows } = await db.query<Row>(STAKE);
		return stakeOf(rows);
	} catch {
		// Counts are there without it, and say themselves when the database does not answer.
		return null;
	}
}

function stakeOf(rows: readonly Row[]): Stake {
	const kinds = STAKE_KINDS.map((kind): [StakeKind, KindStake] => {
		const own = rows.filter((row) => row.kind === kind);
		const all = own.find(({ trigger_id }) => trigger_id === null);
		if (all === undefined) return [kind, NOTHING_AT_STAKE];
		const triggers = own.flatMap(({ trigger_id, events, value }) =>
			trigger_id === null ? [] : [{ trigger_id, events, value }],
		);
		return [kind, { events: all.events, value: all.value, whole: all.whole, triggers }];
	});
	return Object.fromEntries(kinds) as unknown as Stake;
}
