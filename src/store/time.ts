import pg from "pg";

const { TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;

/** The latest moment that a Date holds, in milliseconds since 1970; the earliest lies as far on the other side. */
const LATEST_MS = 8.64e15;

/**
 * A time that PostgreSQL holds and a Date does not: infinity, or a year of six digits. It is told as PostgreSQL writes
 * it, and sorts and counts as the latest or earliest moment that there is.
 */
class FarTime extends Date {
	readonly #text: string;

	constructor(text: string) {
		super(/^-|BC$/.test(text) ? -LATEST_MS : LATEST_MS);
		this.#text = text;
	}

	override toISOString(): string {
		return this.#text;
	}
}

const parseTimestamp: (text: string) => unknown = pg.types.getTypeParser(TIMESTAMPTZ);

/** Reads a time as a session of ours writes it. No time makes a row unreadable. */
function readTime(text: string): Date {
	const time = parseTimestamp(text);
	return time instanceof Date && !Number.isNaN(time.getTime()) ? time : new FarTime(text);
}

/** How values are read: as the driver does, but for times. */
export const valueTypes: pg.CustomTypesConfig = {
	getTypeParser: ((type: number, format?: "text" | "binary") => {
		if (format !== "binary" && (type === TIMESTAMPTZ || type === TIMESTAMP)) return readTime;
		return pg.types.getTypeParser(type, format);
	}) as typeof pg.types.getTypeParser,
};
