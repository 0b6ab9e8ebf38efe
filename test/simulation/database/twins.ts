import type { Event, Tables } from "./tables.ts";

/** Why a captured event is not sent: its key was read before. */
export interface Twin {
	readonly reason: string;
	/** Null: the two should not have one key. */
	readonly duplicateOf: string | null;
}

/** twin_read_before(): null: the event is the first of its key. @param read what is read with it, in reading order */
export function twinOf(tables: Tables, event: Event, read: readonly Event[]): Twin | null {
	if (event.capturedKey === null) return null;
	const before = new Set(read.slice(0, read.indexOf(event)));
	const others = (tables.byKey.get(event.capturedKey) ?? []).filter(
		(other) => other !== event && (other.isRead || before.has(other)),
	);
	const twin = others.sort((a, b) => byPrecedence(event, a, b))[0];
	if (twin === undefined) return null;
	if (twin.triggerId !== event.triggerId || twin.userId !== event.userId) return keyClash(event, twin);
	const difference = twin.payload === event.payload ? "" : " and another payload";
	return { reason: `duplicate of ${twin.id}, which has the same idempotency key${difference}`, duplicateOf: twin.id };
}

function keyClash(event: Event, twin: Event): Twin {
	const what = twin.triggerId === event.triggerId ? "user" : "trigger";
	const watch = twin.source === null ? "" : ` (watch ${twin.source})`;
	const reason = `its idempotency key is that of ${twin.id}, an event of another ${what}${watch}: make the keys differ, then retry it`;
	return { reason, duplicateOf: null };
}

function byPrecedence({ epoch }: Event, a: Event, b: Event): number {
	const duplicates = Number(isDuplicate(a)) - Number(isDuplicate(b));
	const epochs = Number(a.epoch === epoch) - Number(b.epoch === epoch);
	return duplicates || epochs || (a.epoch === epoch ? a.xid - b.xid : 0) || a.seq - b.seq;
}

function isDuplicate(event: Event): boolean {
	return event.state !== null && event.state.duplicateOf !== null;
}
