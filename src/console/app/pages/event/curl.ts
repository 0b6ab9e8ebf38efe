import type { EventDetail } from "../../../../api/schema/event-detail.ts";

/** Each id is one encoded segment. */
export function requestPath({ trigger_id, user_id }: Pick<EventDetail["event"], "trigger_id" | "user_id">): string {
	return `/v1/triggers/${encodeURIComponent(trigger_id)}/users/${encodeURIComponent(user_id)}/events`;
}

/** The request as a command. The key is not known here, and would not belong into a clipboard. */
export function curlOf(event: EventDetail["event"]): string {
	return [
		`curl -X POST "\${REWARD_API_URL:-https://api.rewardplugin.com}"${quoted(requestPath(event))}`,
		'-H "Authorization: Bearer $REWARD_API_KEY"',
		"-H 'Content-Type: application/json'",
		`-H 'Idempotency-Key: ${event.id}'`,
		`--data-raw ${quoted(JSON.stringify(event.payload))}`,
	].join(" \\\n  ");
}

/** For a POSIX shell. encodeURIComponent leaves apostrophes. */
function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
