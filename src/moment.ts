/** A moment as people give it. Relative ones are meant against the database's clock, not this machine's. */
export type Moment =
	| { readonly kind: "absolute" /** With time zone, as PostgreSQL reads it. */; readonly iso: string }
	| { readonly kind: "relative" /** Distance from now; the reader says in which direction. */; readonly ms: number };

export const MOMENT_FORMS =
	"a date (2026-03-01), a time with its zone (2026-03-01T10:00Z) or a distance from now (2h, 90d)";

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Longer spans are typing errors, and would leave the range of timestamps. */
const MAX_DURATION_MS = 100 * 366 * UNIT_MS.d;

/** A span such as `90d`, `2h`, `15m`, `30s` or `1w`, in milliseconds; null: it is none. */
export function durationOrNull(text: string): number | null {
	const match = /^([0-9]{1,12})([smhdw])$/.exec(text);
	if (match === null) return null;
	const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
	return ms <= MAX_DURATION_MS ? ms : null;
}

/**
 * A moment: a date (`2026-03-01`, midnight UTC), a time with its zone (`2026-03-01T10:00:00Z`, `…+02:00`), or a
 * distance from now (`2h`). Null for everything else: a time without a zone would mean something else on another
 * machine.
 */
export function momentOrNull(text: string): Moment | null {
	const ms = durationOrNull(text);
	if (ms !== null) return { kind: "relative", ms };
	const iso = isoOrNull(text);
	return iso === null ? null : { kind: "absolute", iso };
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
