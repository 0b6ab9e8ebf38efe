import type { CampaignResult, FaultResult } from "../reckoning.ts";
import { sum } from "./numbers.ts";

/** What several campaigns say of one fault. */
export interface FaultSum extends Omit<FaultResult, "recoveriesMs"> {
	/** Of those that came alone. Null: none did. */
	readonly recovery: { readonly median: number; readonly worst: number } | null;
}

/** In the order of their names. */
export function byFault(campaigns: readonly CampaignResult[]): FaultSum[] {
	const all = Map.groupBy(
		campaigns.flatMap(({ faults }) => faults),
		({ name }) => name,
	);
	return [...all.keys()].sort().map((name) => sumOf(name, all.get(name) ?? []));
}

function sumOf(name: string, faults: readonly FaultResult[]): FaultSum {
	const of = (key: Exclude<keyof FaultResult, "name" | "recoveriesMs">) => sum(faults, (fault) => fault[key]);
	return {
		name,
		runs: of("runs"),
		together: of("together"),
		skipped: of("skipped"),
		lost: of("lost"),
		stuck: of("stuck"),
		phantom: of("phantom"),
		unexplained: of("unexplained"),
		"out of order": of("out of order"),
		duplicated: of("duplicated"),
		recovery: medianAndWorst(faults.flatMap(({ recoveriesMs }) => recoveriesMs)),
	};
}

export function medianAndWorst(times: readonly number[]): { median: number; worst: number } | null {
	const sorted = [...times].sort((a, b) => a - b);
	const [median, worst] = [sorted[sorted.length >> 1], sorted.at(-1)];
	return median === undefined || worst === undefined ? null : { median, worst };
}
