const MAX_ID_BYTES = 512;
/** C0, DEL and C1: the same as the CHECK on the table. */
const CONTROL_CHARACTER = /\p{Cc}/u;
/** Ids made only of these are their own encoding. Nearly all are, and the test is cheaper than encoding. */
const PLAIN_ID = /^[\w-][\w.-]{0,511}$/;

/**
 * The path of the endpoint for one event, each id as exactly one encoded segment, byte for byte; or null when an id
 * breaks the rules that the table enforces as well. They are checked again because a `.` or `..` that slipped through
 * would be resolved on the way and pay out to someone else.
 */
export function eventPath(triggerId: string, userId: string): string | null {
	const trigger = segment(triggerId);
	const user = segment(userId);
	return trigger === null || user === null ? null : `/v1/triggers/${trigger}/users/${user}/events`;
}

function segment(id: string): string | null {
	if (PLAIN_ID.test(id)) return id;
	return isSendable(id) ? encodeURIComponent(id) : null;
}

function isSendable(id: string): boolean {
	if (id === "" || id === "." || id === "..") return false;
	// More code units than bytes allowed can be refused without counting bytes.
	if (id.length > MAX_ID_BYTES || Buffer.byteLength(id) > MAX_ID_BYTES) return false;
	return !CONTROL_CHARACTER.test(id) && id.isWellFormed();
}
