/** Events that somebody may have to pay for, one way or the other. */
export const STAKE_KINDS = ["uncertain", "dead", "overdue", "possibly_doubled"] as const;

export type StakeKind = (typeof STAKE_KINDS)[number];

interface TriggerStake {
	readonly trigger_id: string;
	readonly events: number;
	/** Exact: digits. */
	readonly value: string;
}

/** What the events of a kind are worth: the sum of `payload.value`. */
export interface KindStake {
	/** Those that were counted. */
	readonly events: number;
	/** Exact: digits. */
	readonly value: string;
	/** False: there are more than were counted, the latest 10,000. */
	readonly whole: boolean;
	/** The 20 with the most at stake. */
	readonly triggers: readonly TriggerStake[];
}

export type Stake = Readonly<Record<StakeKind, KindStake>>;

export const NOTHING_AT_STAKE: KindStake = { events: 0, value: "0", whole: true, triggers: [] };
