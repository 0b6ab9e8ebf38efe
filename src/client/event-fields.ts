interface Field {
	/** What `emit` calls it in an application. */
	readonly input: string;
	/** Of the parameter of reward_outbox.emit(). */
	readonly type: "text" | "jsonb" | "timestamptz";
	/** For people, beside its value. */
	readonly label: string;
}

/**
 * What a writer says of an event: the one list, in the order of reward_outbox.emit(). Emitting, capturing and their
 * tests are made of it. It stands with the client, which imports nothing from outside.
 */
export const EVENT_FIELDS = {
	trigger_id: { input: "trigger", type: "text", label: "trigger" },
	user_id: { input: "user", type: "text", label: "user" },
	payload: { input: "payload", type: "jsonb", label: "payload" },
	idempotency_key: { input: "idempotencyKey", type: "text", label: "idempotency key" },
	ordering_key: { input: "orderingKey", type: "text", label: "ordering key" },
	deliver_after: { input: "deliverAfter", type: "timestamptz", label: "not before" },
	metadata: { input: "metadata", type: "jsonb", label: "metadata" },
} as const satisfies Readonly<Record<string, Field>>;

export type EventField = keyof typeof EVENT_FIELDS;

export const EVENT_FIELD_NAMES = Object.keys(EVENT_FIELDS) as readonly EventField[];
