/**
 * The longest wait a receiver can ask for: one hour, the default cap of the relay's own backoff. A larger figure is
 * more likely a mistake than a plan, and must not park a backlog for days.
 */
export const MAX_RETRY_AFTER_MS = 3_600_000;

const SECONDS = /^\d+$/;
/** The three forms of an HTTP date (RFC 9110, 5.6.7). `Date.parse` alone would take nearly anything for a date. */
const HTTP_DATES = [
	/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
	/^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
	/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * How long a Retry-After header asks to wait, in milliseconds from now, clamped to {@link MAX_RETRY_AFTER_MS}; 0 for a
 * date that has passed, null for what is neither seconds nor an HTTP date.
 *
 * @param date The Date header of the same response. Two stamps of one clock give a duration that no clock skew can
 *   spoil.
 * @param now The local wall clock in milliseconds since the epoch, asked only when there is no usable Date header.
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined, now: () => number): number | null {
	if (value === undefined) return null;
	const text = value.trim();
	if (SECONDS.test(text)) return clamp(Number(text) * 1000);
	const until = parseHttpDate(text);
	if (until === null) return null;
	return clamp(until - ((date === undefined ? null : parseHttpDate(date.trim())) ?? now()));
}

function parseHttpDate(text: string): number | null {
	if (!HTTP_DATES.some((form) => form.test(text))) return null;
	// The asctime form names no zone; it means GMT, but JavaScript would read it as local time.
	const time = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
	return Number.isNaN(time) ? null : time;
}

function clamp(durationMs: number): number {
	return Math.min(Math.max(durationMs, 0), MAX_RETRY_AFTER_MS);
}
