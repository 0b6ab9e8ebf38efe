import type { EntryKind } from "./records.ts";

/** What went by retention or erasure, as the chain of removals has it. Later lines count. */
export class Withdrawals {
	readonly #removed = new Set<string>();
	readonly #remains = new Map<string, string>();
	readonly #silenced = new Set<number>();
	readonly #cuts = new Map<string, string>();

	add(kind: Exclude<EntryKind, "attempts" | "decisions">, lines: readonly string[]): void {
		for (const line of lines) this.#addLine(kind, line);
	}

	isRemoved(eventId: string): boolean {
		return this.#removed.has(eventId);
	}

	/** The digest of what remains of an event that lost a text; undefined: it lost none. */
	remainsOf(eventId: string): string | undefined {
		return this.#remains.get(eventId);
	}

	/** Whether a decision lost its reason. */
	isSilenced(operationNo: number): boolean {
		return this.#silenced.has(operationNo);
	}

	/** How the beginning of a chain was last cut off: the chain, the number of the entry through which, and its hash. */
	cutOf(chain: string): string | undefined {
		return this.#cuts.get(chain);
	}

	#addLine(kind: Exclude<EntryKind, "attempts" | "decisions">, line: string): void {
		const [first = "", second = ""] = line.split(" ");
		switch (kind) {
			case "removed":
				this.#removed.add(first);
				// Nobody asks for what remained of it any more.
				this.#remains.delete(first);
				break;
			case "withdrawn":
				this.#remains.set(first, second);
				break;
			case "withdrawn_decisions":
				this.#silenced.add(Number(first));
				break;
			case "cut":
				this.#cuts.set(first, line);
				break;
			default:
				kind satisfies never;
		}
	}
}
