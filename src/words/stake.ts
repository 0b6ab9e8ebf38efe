import type { KindStake } from "../event/stake.ts";
import { someOf } from "./counts.ts";

/** `worth 412.50`, after a count; empty where the events have no value, or nobody knows. */
export function worth(stake: KindStake | undefined): string {
	if (stake === undefined || isNothing(stake.value)) return "";
	return `, worth ${stake.whole ? "" : "at least "}${shortened(stake.value)}${byTrigger(stake)}`;
}

/** The same where it stands alone. */
export function worthAlone(stake: KindStake | undefined): string {
	return worth(stake).replace(/^, /, "");
}

function isNothing(value: string): boolean {
	return /^-?0(\.0*)?$/.test(value);
}

/** Where several triggers have a part in it: which, and how much. */
function byTrigger({ triggers }: KindStake): string {
	const valued = triggers.filter(({ value }) => !isNothing(value));
	if (valued.length < 2) return "";
	return ` (${someOf(valued.map(({ trigger_id, value }) => `${trigger_id} ${shortened(value)}`))})`;
}

/** No amount that anybody pays is longer. */
function shortened(value: string): string {
	return value.length <= 40 ? value : `${value.slice(0, 37)}…`;
}
