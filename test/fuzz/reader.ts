/** How long the texts are that readers are tried with. */
export const LENGTH = 65_536;

/**
 * What that may cost. A linear function takes a millisecond or a few; a quadratic one has four billion steps to make.
 */
export const MOST_CPU_MS = 150;

/** Something of ours that reads a text that somebody else wrote. */
export interface Reader {
	readonly name: string;
	/** @param folder for files of its own */
	readonly read: (text: string, folder: string) => unknown;
	/** Texts that it takes, as a place to begin. */
	readonly examples?: readonly string[];
	/** Errors that are its way to say no, by name. Anything else that it throws is a fault. */
	readonly refusesWith?: readonly string[];
	/** What a text of {@link LENGTH} may cost, if more than {@link MOST_CPU_MS}. */
	readonly mostCpuMs?: number;
}
