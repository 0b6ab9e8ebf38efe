/** How a table is fitted into a terminal; decided from widths alone. */

/** One column of a table. */
export interface Column {
	readonly header: string;
	/** Numbers read best at the right. Default `left`. */
	readonly align?: "left" | "right";
	/** Characters shown of a cell at most. Default 60. */
	readonly cap?: number;
	/** Where the terminal is too narrow, columns with the highest number go first. Without one it stays. */
	readonly rank?: number;
	/** Where the terminal is too narrow, its cells are cut to as few characters as this. Without it they never are. */
	readonly shrinksTo?: number;
	/**
	 * Prose: is wrapped between words, and goes under its row where there is no room for it. At most one column, the
	 * last.
	 */
	readonly isProse?: true;
	/** Its cells are statuses of events, and have their colours. */
	readonly isStatus?: true;
}

export const BETWEEN_COLUMNS = 2;
/** Less than this is no room for prose. */
const LEAST_PROSE = 24;

/** Where each column goes. */
export interface Layout {
	/** Columns that stand in the row, by number, with their widths. */
	readonly inRow: readonly { readonly index: number; readonly width: number }[];
	/** The column whose cells go under the row; null: none. */
	readonly below: number | null;
	/** Columns that are not shown. */
	readonly leftOut: readonly number[];
}

interface Candidate {
	readonly index: number;
	readonly column: Column;
	/** Of its widest cell. */
	readonly natural: number;
}

/**
 * @param widths Of each column's widest cell, header included.
 * @param room Columns of the terminal; Infinity where nothing has to fit.
 */
export function layOut(columns: readonly Column[], widths: readonly number[], room: number): Layout {
	let shown: Candidate[] = columns.map((column, index) => ({ index, column, natural: widths[index] ?? 0 }));
	let below: Candidate | null = null;
	while (total(shown, least) > room) {
		const prose: Candidate | undefined = shown.find(({ column }) => column.isProse);
		const goes: Candidate | undefined = prose ?? leastImportant(shown);
		if (goes === undefined) break;
		if (goes === prose) below = goes;
		shown = shown.filter((one) => one !== goes);
	}
	const isShown = new Set([...shown, ...(below === null ? [] : [below])].map(({ index }) => index));
	return {
		inRow: widened(shown, room),
		below: below?.index ?? null,
		leftOut: columns.flatMap((_column, index) => (isShown.has(index) ? [] : [index])),
	};
}

/** Every column at its least, then wider from the left to the right as long as there is room. */
function widened(shown: readonly Candidate[], room: number): Layout["inRow"] {
	let left = room - total(shown, least);
	return shown.map((one) => {
		const more = Math.max(0, Math.min(left, one.natural - least(one)));
		left -= more;
		return { index: one.index, width: least(one) + more };
	});
}

function least({ column, natural }: Candidate): number {
	if (column.isProse) return Math.min(natural, LEAST_PROSE);
	const floor = Math.max(column.shrinksTo ?? natural, column.header.length);
	return Math.min(natural, floor);
}

function total(shown: readonly Candidate[], width: (one: Candidate) => number): number {
	return shown.reduce((sum, one) => sum + width(one), BETWEEN_COLUMNS * Math.max(0, shown.length - 1));
}

function leastImportant(shown: readonly Candidate[]): Candidate | undefined {
	const droppable = shown.filter(({ column }) => column.rank !== undefined);
	return droppable.toSorted((one, other) => (other.column.rank ?? 0) - (one.column.rank ?? 0))[0];
}
