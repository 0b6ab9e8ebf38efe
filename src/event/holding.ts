/** Why a relay sends less of a trigger than it could, or nothing. */
export const TRIGGER_HOLD_CODES = [
	/** Its last events failed: one at a time is tried. */
	"failing",
	/** Reward asked to slow down. */
	"pacing",
	/** Its requests are not answered. */
	"hanging",
	/** Others hang, and this one has not answered yet. */
	"unproven",
] as const;
export type TriggerHoldCode = (typeof TRIGGER_HOLD_CODES)[number];

/** Why a relay sends nothing of any trigger, apart from a pause. */
export const RELAY_HOLD_CODES = [
	/** Reward counts as down: one event at a time is tried. */
	"reward_down",
	/** Results wait to be recorded: what is sent now could not be. */
	"results_unwritten",
] as const;
type RelayHoldCode = (typeof RELAY_HOLD_CODES)[number];

/** By the database's clock. */
interface HeldBack<Code> {
	readonly code: Code;
	/** Null: not known. */
	readonly since: Date | null;
	/** When the next event is tried at the latest; null: that depends on an answer. */
	readonly until: Date | null;
}
type RelayHold = HeldBack<RelayHoldCode>;
export interface TriggerHold extends HeldBack<TriggerHoldCode> {
	readonly trigger_id: string;
}

/** Of one trigger or of all. */
export type Hold = Pick<RelayHold | TriggerHold, "code" | "since" | "until">;

/** What a relay holds back. */
export interface Holding {
	/** Of everything; null: it sends. */
	readonly everything: RelayHold | null;
	/** Those held back longest first, at most {@link MOST_NAMED}. */
	readonly triggers: readonly TriggerHold[];
	/** How many there are for each reason, the unnamed included. */
	readonly counts: Readonly<Partial<Record<TriggerHoldCode, number>>>;
}

/** Triggers that a relay names in its report. */
export const MOST_NAMED = 50;

export const NOTHING_HELD: Holding = { everything: null, triggers: [], counts: {} };

/** Milliseconds before and after the report: a relay's clock is not the database's. */
interface ReportedTimes {
	readonly since_ms: number | null;
	readonly until_ms: number | null;
}

/** As a relay puts it on record with its heartbeat. */
export interface HoldingReport {
	readonly everything: (ReportedTimes & { readonly code: RelayHoldCode }) | null;
	readonly triggers: readonly (ReportedTimes & { readonly trigger_id: string; readonly code: TriggerHoldCode })[];
	readonly counts: Holding["counts"];
}

/** Null: nothing is held back. */
export function holdingFrom(report: HoldingReport | null, reportedAt: Date): Holding {
	if (report === null) return NOTHING_HELD;
	const times = ({ since_ms: since, until_ms: until }: ReportedTimes) => ({
		since: since === null ? null : new Date(reportedAt.getTime() - since),
		until: until === null ? null : new Date(reportedAt.getTime() + until),
	});
	const { everything } = report;
	return {
		everything: everything === null ? null : { code: everything.code, ...times(everything) },
		triggers: report.triggers.map((held) => ({ trigger_id: held.trigger_id, code: held.code, ...times(held) })),
		counts: report.counts,
	};
}

/** How many triggers are held back. */
export function heldCount({ counts }: Holding): number {
	return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** One relay's word on one trigger. */
export interface HeldInList extends Hold {
	readonly relay: string;
}

/** What relays say of a trigger. */
export function heldBy(
	relays: readonly { readonly name: string; readonly holding: Holding }[],
	triggerId: string,
): HeldInList[] {
	return relays.flatMap(({ name: relay, holding }) => {
		const hold = holding.everything ?? holding.triggers.find((one) => one.trigger_id === triggerId);
		return hold === undefined ? [] : [{ relay, code: hold.code, since: hold.since, until: hold.until }];
	});
}
