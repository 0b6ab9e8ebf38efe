interface Field {
	/** What `emit` calls it in an application. */
	readonly input: string;
	/** Of the parameter of reward_outbox.emit(). */
	readonly type: "text" | "jsonb" | "timestamptz";
	/** For people, beside its value. */
	readonly label: string;
	/** What a watch's expression for it makes. */
	readonly expression: string;
}

/**
 * What a writer says of an event: the one list, in the order of reward_outbox.emit(). Emitting, capturing and their
 * tests are made of it. It stands with the client, which imports nothing from outside.
 */
export const EVENT_FIELDS = {
	trigger_id: { input: "trigger", type: "text", label: "trigger", expression: "The trigger." },
	user_id: { input: "user", type: "text", label: "user", expression: "The user." },
	payload: { input: "payload", type: "jsonb", label: "payload", expression: "The payload." },
	idempotency_key: {
		input: "idempotencyKey",
		type: "text",
		label: "idempotency key",
		expression: "The idempotency key.",
	},
	ordering_key: { input: "orderingKey", type: "text", label: "ordering key", expression: "The ordering key." },
	deliver_after: { input: "deliverAfter", type: "timestamptz", label: "not before", expression: "When to send." },
	metadata: { input: "metadata", type: "jsonb", label: "metadata", expression: "The metadata." },
} as const satisfies Readonly<Record<string, Field>>;

export type EventField = keyof typeof EVENT_FIELDS;

export const EVENT_FIELD_NAMES = Object.keys(EVENT_FIELDS) as readonly EventField[];
