import type { ClaimedEvent } from "../../../src/store/claim.ts";
import type { Remembered } from "../../../src/store/identity.ts";
import type { Side } from "./side.ts";
import { RELAYS } from "./steps.ts";

/** What whoever makes the calls knows by then. */
export interface Known {
	now: number;
	/** Events that were written, the latest first, committed or not. */
	readonly ids: string[];
	/** Those of which an attempt failed, the latest first. */
	readonly failed: string[];
	/** What was claimed, the latest first. */
	readonly claims: (readonly ClaimedEvent[])[];
	/** Writers with a transaction. */
	readonly writing: Set<number>;
	/** By relay: what its side of the two has told it. */
	readonly remembered: ReadonlyMap<Side, Map<number, Remembered>>;
	readonly relayNos: readonly number[];
	/** Counts whatever needs a number of its own. */
	count: number;
}

/** @param sides empty */
export async function nothingKnown(sides: readonly Side[], now: number): Promise<Known> {
	const relayNos: number[] = [];
	for (let n = 1; n <= RELAYS; n++) {
		const relay = { name: `relay ${n}`, version: "0", concurrency: 1 };
		const nos = await Promise.all(sides.map((side) => side.store.registerRelay(relay as never)));
		if (new Set(nos).size !== 1) throw new Error(`relay ${n} is ${nos.join(" and ")}`);
		relayNos.push(nos[0] as number);
	}
	for (const side of sides) for (let relay = 0; relay < RELAYS; relay++) await side.openSession(relay);
	const remembered = new Map(sides.map((side) => [side, new Map<number, Remembered>()]));
	return { now, ids: [], failed: [], claims: [], writing: new Set(), remembered, relayNos, count: 0 };
}

/** Fresh, and the same for both sides. */
export function newLeaseId(known: Known): string {
	return `00000000-0000-4000-9000-${(known.count++).toString(16).padStart(12, "0")}`;
}
