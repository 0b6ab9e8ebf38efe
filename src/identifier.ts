/**
 * What ids and keys may be, wherever they are checked. The database has the same rules, in the domains that
 * `migrations/0002_outbox.sql` begins with.
 */

/** Of an id, an idempotency key or an ordering key: most bytes in UTF-8. */
export const MOST_BYTES = 512;

/** C0, DEL and C1. */
export const CONTROL_CHARACTER = /\p{Cc}/u;

/** An idempotency or ordering key: a text that PostgreSQL can hold, within the limit. */
export function isKey(text: string): boolean {
	// More code units than bytes allowed can be refused without counting bytes.
	if (text === "" || text.length > MOST_BYTES || Buffer.byteLength(text) > MOST_BYTES) return false;
	return !text.includes("\0") && text.isWellFormed();
}

/** An id of a trigger or a user: also one segment of a URL's path, as which `.` and `..` are something else. */
export function isIdentifier(text: string): boolean {
	return isKey(text) && text !== "." && text !== ".." && !CONTROL_CHARACTER.test(text);
}
