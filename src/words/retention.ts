import type { Retained } from "../event/retained.ts";

/** What a policy of retention is about, under its name in the database. */
export const RETAINED_IN_WORDS: Readonly<Record<Retained, string>> = {
	delivered: "delivered events, with their attempts",
	dead: "dead events, with their attempts",
	cancelled: "cancelled events, with their attempts",
	payload: "what payloads have besides their value, and metadata, of finished events",
	response_body: "what Reward answered",
	receipts: "receipts, and webhooks in quarantine",
	idempotency_keys: "events with a key stay at least as long, so that it stays taken",
};
