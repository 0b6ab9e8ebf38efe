/** The last entries of chains, as they were told outside of the database. */
export interface Anchor {
	readonly installation: string;
	readonly heads: readonly AnchorHead[];
}

export interface AnchorHead {
	readonly chain: string;
	readonly entry_no: number;
	readonly hash: string;
}

/**
 * Reads an anchor out of a line of an anchor file, or of a log, which has other lines too. Null: it is none.
 */
export function anchorOf(line: string): Anchor | null {
	if (!line.includes('"heads"')) return null;
	let value: unknown;
	try {
		value = JSON.parse(line.slice(line.indexOf("{")));
	} catch {
		// Cut off in the middle, or something else altogether.
		return null;
	}
	const { installation, heads } = Object(value) as Readonly<Record<string, unknown>>;
	if (typeof installation !== "string" || !Array.isArray(heads) || !heads.every(isHead)) return null;
	return { installation, heads };
}

function isHead(value: unknown): value is AnchorHead {
	const { chain, entry_no, hash } = Object(value) as Readonly<Record<string, unknown>>;
	return typeof chain === "string" && Number.isSafeInteger(entry_no) && typeof hash === "string";
}

/** What was told of each chain: the hash of an entry by its number. */
export class ToldHeads {
	readonly #heads = new Map<string, Map<number, { readonly hash: string; readonly installation: string }>>();

	add({ installation, heads }: Anchor): void {
		for (const { chain, entry_no, hash } of heads) {
			const told = this.#heads.get(chain) ?? new Map();
			this.#heads.set(chain, told);
			// What was told first counts: a later line may be made up.
			if (!told.has(entry_no)) told.set(entry_no, { hash, installation });
		}
	}

	/** What was told of an entry, once; undefined: nothing. */
	take(chain: string, entryNo: number): { readonly hash: string; readonly installation: string } | undefined {
		const told = this.#heads.get(chain);
		const head = told?.get(entryNo);
		if (head !== undefined) told?.delete(entryNo);
		return head;
	}

	/** What was told and not taken. */
	*rest(): Generator<AnchorHead & { readonly installation: string }> {
		for (const [chain, told] of this.#heads) {
			for (const [entry_no, head] of told) yield { chain, entry_no, ...head };
		}
	}
}
