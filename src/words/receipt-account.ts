import type { AccountLine, Amount } from "../event/receipt-report.ts";

/** Stands wherever figures that come from receipts are shown. */
export const UNSIGNED =
	"Webhooks are not signed and name no event: receipts are evidence, not proof. Whoever knows their path can make one up.";

type Total = Omit<AccountLine, "trigger_id" | "day">;

const CAUSES: readonly (readonly [name: keyof Total, what: string])[] = [
	["pending", "not sent yet"],
	["dead", "dead"],
	["cancelled", "cancelled"],
	["ambiguous", "sent, and nobody knows whether they were applied"],
	["decided", "counted as delivered by a decision"],
	["awaited", "accepted, and a receipt may still come"],
	["missing", "accepted, and no receipt came"],
];

/** `3 (412.50)`: events, and what they are worth. */
export function amountInWords({ events, value }: Amount): string {
	return isNothing(value) ? String(events) : `${events} (${value})`;
}

export function isNothing(value: string): boolean {
	return /^-?0(\.0+)?$/.test(value);
}

export interface AccountInWords {
	/** What was owed, and what was acknowledged. */
	readonly balance: string;
	/** Why they differ, each cause by its name: together they are the difference. */
	readonly causes: readonly string[];
	/** What was perhaps too much. */
	readonly excess: readonly string[];
}

/** What was owed, what Reward acknowledged, what differs and why. */
export function accountInWords(total: Total): AccountInWords {
	const told = (name: keyof Total, what: string) => {
		const amount = total[name] as Amount;
		return amount.events === 0 ? [] : [`${amountInWords(amount)} ${what}`];
	};
	return {
		balance: `owed ${amountInWords(total.committed)}, acknowledged by a receipt ${amountInWords(total.confirmed)}`,
		causes: CAUSES.flatMap(([name, what]) => told(name, what)),
		excess: [
			...told("possibly_doubled", "were possibly applied twice"),
			...told("surplus", "receipts are explained by no request"),
		],
	};
}
