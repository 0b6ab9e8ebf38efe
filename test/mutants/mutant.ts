/** The invariants of ARCHITECTURE.md's promise, as docs/reliability.md numbers them. */
export const INVARIANTS = {
	I1: "no loss",
	I2: "no phantom",
	I3: "explained duplicates",
	I4: "at most once",
	I5: "intent before bytes",
	I6: "the application comes first",
	I7: "liveness",
	I8: "bounded",
	I9: "fail safe",
	I10: "order",
	I11: "secrets",
	I12: "isolation",
	I13: "rights",
	I14: "said, not silent",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** A text that stands exactly once in the file, however it is broken into lines; and what takes its place. */
type Edit = readonly [text: string, replacement: string];

/** A bug that is put into a copy of the project, to see whether a test finds it. */
export interface Mutant {
	/** Unique. */
	readonly name: string;
	readonly invariant: Invariant;
	/** What goes wrong with it, in one line. */
	readonly breaks: string;
	/** From the root of the project. */
	readonly file: string;
	readonly edits: readonly Edit[];
	/** The cheapest test files that must find it, from `test/`. */
	readonly tests: readonly string[];
}

/**
 * The file with its edits.
 * @throws when a text is not there, or more than once: the mutant has to be planted anew.
 */
export function planted({ name, file, edits }: Mutant, source: string): string {
	return edits.reduce((text, [old, replacement]) => {
		const places = [...text.matchAll(anyLayout(old))];
		const [place] = places;
		if (place === undefined || places.length > 1)
			throw new Error(`${name}: ${file} has ${places.length} places like this, and one is meant:\n${old}`);
		return `${text.slice(0, place.index)}${replacement}${text.slice(place.index + place[0].length)}`;
	}, source);
}

/** Blanks and line breaks are alike, so that formatting moves no mutant. */
function anyLayout(text: string): RegExp {
	const words = text.trim().split(/\s+/);
	return new RegExp(words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("\\s+"), "g");
}
