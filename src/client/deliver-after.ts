import { InvalidEventError } from "./errors.ts";
import { nameOfKind } from "./identifier.ts";

const FIELD = "deliverAfter";
const ISO_8601 =
	/^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d{1,6})?)?(?:Z|[+-](?<offsetHour>\d{2}):?(?<offsetMinute>\d{2})?)$/;
/** As PostgreSQL: it takes offsets below 16 hours. */
const MAX_OFFSET_HOUR = 15;

/** `Temporal.Instant` and `Temporal.ZonedDateTime`, of the language or of a polyfill. */
export interface TemporalLike {
	readonly epochNanoseconds: bigint;
	readonly [Symbol.toStringTag]: "Temporal.Instant" | "Temporal.ZonedDateTime";
}

/** The time as text that PostgreSQL reads the same way whatever the session's DateStyle and TimeZone are. */
export function deliverAfterText(value: unknown): string {
	if (value instanceof Date) return dateText(value);
	if (typeof value === "string") return checkedText(value);
	if (isTemporal(value)) return instantText(value.epochNanoseconds);
	throw new InvalidEventError(
		FIELD,
		"type",
		`must be a Date, a Temporal.Instant or ZonedDateTime, or ISO 8601 text, got ${nameOfKind(value)}`,
	);
}

function isTemporal(value: unknown): value is TemporalLike {
	const tag = typeof value === "object" && value !== null && (value as TemporalLike)[Symbol.toStringTag];
	return (
		(tag === "Temporal.Instant" || tag === "Temporal.ZonedDateTime") &&
		typeof (value as TemporalLike).epochNanoseconds === "bigint"
	);
}

/**
 * To the microsecond, which is what PostgreSQL keeps; an event is never early by what is cut off, but by less than one.
 */
function instantText(nanoseconds: bigint): string {
	const microseconds = nanoseconds / 1_000n - (nanoseconds % 1_000n < 0n ? 1n : 0n);
	const rest = ((microseconds % 1_000n) + 1_000n) % 1_000n;
	const text = dateText(new Date(Number((microseconds - rest) / 1_000n)));
	return text.replace("Z", `${String(rest).padStart(3, "0")}Z`);
}

function dateText(date: Date): string {
	if (Number.isNaN(date.getTime())) throw new InvalidEventError(FIELD, "invalid_time", "must be a valid Date");
	const year = date.getUTCFullYear();
	if (year < 1 || year > 9999) {
		throw new InvalidEventError(
			FIELD,
			"invalid_time",
			"must be in the years 1 to 9999: infinite and far times are refused",
		);
	}
	return date.toISOString();
}

/**
 * Handed on as it is, to keep the microseconds a Date would lose. PostgreSQL's other spellings ("tomorrow", "infinity",
 * times without an offset) depend on the session or have no end, so they are refused.
 */
function checkedText(text: string): string {
	const parts = ISO_8601.exec(text)?.groups;
	if (!parts || !isOnCalendar(parts)) {
		throw new InvalidEventError(
			FIELD,
			"invalid_time",
			"must be an existing time in ISO 8601 with Z or an offset, such as 2030-01-31T09:00:00Z",
		);
	}
	return text;
}

function isOnCalendar(parts: Readonly<Record<string, string | undefined>>): boolean {
	const part = (name: string): number => Number(parts[name] ?? 0);
	const [year, month, day] = [part("year"), part("month"), part("day")];
	return (
		year >= 1 &&
		month >= 1 &&
		month <= 12 &&
		day >= 1 &&
		day <= daysInMonth(year, month) &&
		part("hour") <= 23 &&
		part("minute") <= 59 &&
		part("second") <= 59 &&
		part("offsetHour") <= MAX_OFFSET_HOUR &&
		part("offsetMinute") <= 59
	);
}

function daysInMonth(year: number, month: number): number {
	// Leap years repeat every 400; Date.UTC reads years below 100 as 19xx.
	return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
