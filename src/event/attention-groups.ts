import type { Attention } from "./attention-entry.ts";

/** Entries of one kind that are told one by one; more of them become one. */
export const TOLD_ALONE = 3;

/** An entry for each, or one for all of them where they are many. */
export function grouped<Item>(items: readonly Item[], entry: (items: readonly Item[]) => Attention): Attention[] {
	if (items.length <= TOLD_ALONE) return items.map((item) => entry([item]));
	return [entry(items)];
}

/** The earliest; null: none is known. */
export function earliest(dates: readonly (Date | null)[]): Date | null {
	const known = dates.filter((date) => date !== null).map((date) => date.getTime());
	return known.length === 0 ? null : new Date(known.reduce((one, other) => Math.min(one, other)));
}
