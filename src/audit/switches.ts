import type { DecisionRecord, HeaderRecord } from "./records.ts";

/** When chaining was switched on and off, as the record itself has it. */
export class Switches {
	/** When the earliest entry was appended. */
	#firstAt: string | null = null;
	#onAt: string | null = null;
	#isOff = false;

	addEntry(at: string): void {
		if (this.#firstAt === null || at < this.#firstAt) this.#firstAt = at;
	}

	/** @param decision one that is as it was recorded */
	addDecision({ action, at }: DecisionRecord): void {
		if (action === "chain_on") this.#onAt = at;
		if (action === "chain_on" || action === "chain_off") this.#isOff = action === "chain_off";
	}

	/** Whether what the database says of it follows from the record: it excuses what is in no chain. */
	explain({ chained, chained_since }: HeaderRecord): boolean {
		const latest = this.#onAt ?? this.#firstAt;
		return chained !== this.#isOff && (latest === null || chained_since <= latest);
	}
}
