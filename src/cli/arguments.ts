import { InvalidArgumentError } from "commander";

/** A moment as given on the command line. Relative ones are meant against the database's clock, not this machine's. */
export type Moment =
	| { readonly kind: "absolute" /** With time zone, as PostgreSQL reads it. */; readonly iso: string }
	| { readonly kind: "relative" /** Distance from now; the command says in which direction. */; readonly ms: number };

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Longer spans are typing errors, and would leave the range of timestamps. */
const MAX_DURATION_MS = 100 * 366 * UNIT_MS.d;

/**
 * A parser for whole numbers, strict: digits only, so no `1e3`, `+1`, `0x10`, `010` or blanks.
 *
 * @throws InvalidArgumentError (exit code 2), like all parsers here.
 */
export function wholeNumber(min: number, max: number): (text: string) => number {
	return (text) => {
		const value = /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : Number.NaN;
		if (value >= min && value <= max) return value;
		throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
	};
}

/** A port to listen on; 0 takes a free one. */
export const port = wholeNumber(0, 65535);

/** A decimal fraction from 0 to 1, e.g. `0.05`. */
export function fraction(text: string): number {
	const value = /^([01]|[01]?\.[0-9]{1,15}|[01]\.)$/.test(text) ? Number(text) : Number.NaN;
	if (value >= 0 && value <= 1) return value;
	throw new InvalidArgumentError("Expected a fraction from 0 to 1, such as 0.05.");
}

/** An event's id. Returned in lower case, as PostgreSQL prints it. */
export function uuid(text: string): string {
	if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
	throw new InvalidArgumentError("Expected an id such as 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f.");
}

/** For arguments that may be repeated: collects what the parser makes of each. */
export function each<T>(parse: (text: string) => T): (text: string, previous: T[] | undefined) => T[] {
	return (text, previous) => [...(previous ?? []), parse(text)];
}

/** A span such as `90d`, `2h`, `15m`, `30s` or `1w`. Milliseconds. */
export function duration(text: string): number {
	const ms = durationOrNull(text);
	if (ms !== null) return ms;
	throw new InvalidArgumentError("Expected a duration such as 90d, 2h, 15m or 30s.");
}

function durationOrNull(text: string): number | null {
	const match = /^([0-9]{1,12})([smhdw])$/.exec(text);
	if (match === null) return null;
	const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
	return ms <= MAX_DURATION_MS ? ms : null;
}

/**
 * A moment: a date (`2026-03-01`, midnight UTC), a time with its zone (`2026-03-01T10:00:00Z`, `…+02:00`), or a
 * distance from now (`2h`). A time without a zone is refused: it would mean something else on another machine.
 */
export function moment(text: string): Moment {
	const ms = durationOrNull(text);
	if (ms !== null) return { kind: "relative", ms };
	const iso = isoOrNull(text);
	if (iso !== null) return { kind: "absolute", iso };
	throw new InvalidArgumentError(
		"Expected a date (2026-03-01), a time with its zone (2026-03-01T10:00Z) or a distance from now (2h, 90d).",
	);
}

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})/;
const TIME = /^[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-5]):?[0-5][0-9])$/i;

function isoOrNull(text: string): string | null {
	const date = DATE.exec(text);
	if (date === null || !isCalendarDay(Number(date[1]), Number(date[2]), Number(date[3]))) return null;
	const time = text.slice(10);
	if (time === "") return `${text}T00:00:00Z`;
	return TIME.test(time) ? `${text.slice(0, 10)}T${time.slice(1).toUpperCase()}` : null;
}

/** Rejects 30 February, which Date would move into March. */
function isCalendarDay(year: number, month: number, day: number): boolean {
	if (year < 1 || month < 1 || month > 12 || day < 1) return false;
	return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** An http: or https: address to call. */
export function webAddress(text: string): URL {
	const url = URL.parse(text);
	if (url !== null && /^https?:$/.test(url.protocol)) return url;
	throw new InvalidArgumentError("Expected an address such as http://127.0.0.1:9000/webhook.");
}
