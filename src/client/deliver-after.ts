import { InvalidEventError } from "./errors.ts";
import { nameOfKind } from "./identifier.ts";

const FIELD = "deliverAfter";
const ISO_8601 =
	/^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d{1,6})?)?(?:Z|[+-](?<offsetHour>\d{2}):?(?<offsetMinute>\d{2})?)$/;
/** As PostgreSQL: it takes offsets below 16 hours. */
const MAX_OFFSET_HOUR = 15;

/** The time as text that PostgreSQL reads the same way whatever the session's DateStyle and TimeZone are. */
export function deliverAfterText(value: unknown): string {
	if (value instanceof Date) return dateText(value);
	if (typeof value === "string") return checkedText(value);
	throw new InvalidEventError(FIELD, "type", `must be a Date or ISO 8601 text, got ${nameOfKind(value)}`);
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
 * Handed on as it is, to keep the microseconds a Date would lose. PostgreSQL's other spellings ("tomorrow", "infinity", times
 * without an offset) depend on the session or have no end, so they are refused.
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
