/** Why the database refuses a decision about an event: what reward_outbox.refusal_code() and write_event() answer. */
export const REFUSAL_CODES = [
	"no_such_event",
	"being_sent",
	"already_delivered",
	"already_cancelled",
	/** Uncertain: Reward may have applied it. */
	"may_be_delivered",
	/** Another event with its idempotency key is sent in its place. */
	"is_duplicate",
	/** New, with an ordering key: relays come to it by themselves. */
	"goes_in_its_order",
	"not_uncertain",
	/** It has come to stand otherwise since it was selected. */
	"changed_meanwhile",
	/** The event to be replaced has not been sent yet. */
	"still_to_be_sent",
	/** The event to be replaced was accepted, or may have been. */
	"may_be_applied",
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];
