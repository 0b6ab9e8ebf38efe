import type { FindingCode } from "./findings.ts";
import { contentDigest } from "./hashes.ts";
import type { AttemptRecord } from "./records.ts";

/**
 * A text may go by retention or erasure only, and what remains of the event then stays as it is. Null: so it is.
 * @param remains the digest of what remains, as the chain of removals has it; undefined: nothing went
 */
export function lostTextProblem(attempt: AttemptRecord, remains: string | undefined): [FindingCode, string] | null {
	const { event_id, content_digest, message_digest, body_digest } = attempt;
	if (content_digest === null && message_digest === null && body_digest === null) return null;
	if (remains === undefined) {
		return ["text_removed", `texts of event ${event_id} were removed, by nothing that is on record`];
	}
	if (content_digest !== null && remains !== contentDigest(attempt)) {
		return ["content_changed", `what remained of event ${event_id} was changed`];
	}
	const isGivenMessage = message_digest !== null && attempt.error_message !== null;
	const isGivenBody = body_digest !== null && attempt.response_body !== null;
	if (isGivenMessage || isGivenBody) {
		return ["attempt_changed", `event ${event_id} was given texts after it had lost its own`];
	}
	return null;
}
