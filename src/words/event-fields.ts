import type { EventField } from "../client/event-fields.ts";

interface FieldWords {
	/** For people, beside its value. */
	readonly label: string;
	/** What it does, for whoever writes an event. */
	readonly about: string;
}

/** What an event's fields are called and for, in help, the API's description and tables. */
export const FIELD_WORDS = {
	trigger_id: { label: "trigger", about: "Reward's id of the trigger" },
	user_id: { label: "user", about: "the user, as your application identifies them to Reward" },
	payload: { label: "payload", about: "the payload, a JSON object" },
	idempotency_key: { label: "idempotency key", about: "a second event with the same key adds nothing" },
	ordering_key: { label: "ordering key", about: "events with the same key are sent one at a time, in order" },
	deliver_after: { label: "not before", about: "not before this time" },
	metadata: { label: "metadata", about: "kept for the audit, never sent" },
} as const satisfies Readonly<Record<EventField, FieldWords>>;
