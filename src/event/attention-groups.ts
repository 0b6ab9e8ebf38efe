import type { Attention } from "./attention-entry.ts";

/** Entries of one kind that are told one by one; more of them become one. */
export const TOLD_ALONE = 3;

/** An entry for each, or one for all of them where they are many. */
export function grouped<Item>(
	items: readonly Item[],
	one: (item: Item) => Attention,
	all: (items: readonly Item[]) => Attention,
): Attention[] {
	if (items.length <= TOLD_ALONE) return items.map(one);
	return [all(items)];
}

/** The first few of a long list of names. */
export function someOf(names: readonly string[]): string {
	const shown = names.slice(0, TOLD_ALONE).join(", ");
	return names.length > TOLD_ALONE ? `${shown}, …` : shown;
}

export function counted(count: number, one: string, many: string): string {
	return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** The earliest; null: none is known. */
export function earliest(dates: readonly (Date | null)[]): Date | null {
	const known = dates.filter((date) => date !== null).map((date) => date.getTime());
	return known.length === 0 ? null : new Date(known.reduce((one, other) => Math.min(one, other)));
}
