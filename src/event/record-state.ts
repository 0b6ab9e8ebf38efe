/** How the record of attempts and decisions is kept from being changed quietly: docs/audit.md. */
export interface RecordState {
	/** What is recorded is chained. */
	readonly chained: boolean;
	/** When its last hashes were told outside last; null: never. */
	readonly anchored_at: Date | null;
	/** When somebody verified it last; null: nobody has. */
	readonly verified_at: Date | null;
	/** What was found wrong then; null: nobody has looked. */
	readonly problems: number | null;
}

/** As JSON has it: times in milliseconds since 1970. */
export type RecordStateJson = {
	readonly [Name in keyof RecordState]: RecordState[Name] extends Date | null ? number | null : RecordState[Name];
};

export function recordStateOf(given: RecordStateJson): RecordState {
	return { ...given, anchored_at: dateOf(given.anchored_at), verified_at: dateOf(given.verified_at) };
}

function dateOf(ms: number | null): Date | null {
	return ms === null ? null : new Date(ms);
}
