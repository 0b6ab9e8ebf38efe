/** What a search has found, and how far it went. */
export interface Findings {
	/** Newest first, at most as many as were asked for. */
	readonly ids: readonly string[];
	/**
	 * There may be more below this id, which the search did not get to; null: it went to the end, or has all that was
	 * asked for.
	 */
	readonly endedAt: { readonly id: string; readonly time: Date } | null;
}
