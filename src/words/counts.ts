import { TOLD_ALONE } from "../event/attention-groups.ts";

/** The first few of a long list of names. */
export function someOf(names: readonly string[]): string {
	const shown = names.slice(0, TOLD_ALONE).join(", ");
	return names.length > TOLD_ALONE ? `${shown}, …` : shown;
}

/** `1 event`, `1,200 events`. */
export function counted(count: number, one: string, many = `${one}s`): string {
	return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
