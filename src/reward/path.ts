import { isIdentifier, MOST_BYTES } from "../identifier.ts";

/** Ids made only of these are their own encoding. Nearly all are, and the test is cheaper than encoding. */
const PLAIN_ID = /^[\w-][\w.-]*$/;

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
	if (id.length <= MOST_BYTES && PLAIN_ID.test(id)) return id;
	return isIdentifier(id) ? encodeURIComponent(id) : null;
}
