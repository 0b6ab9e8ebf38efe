interface Field {
	/** What `emit` calls it in an application. */
	readonly input: string;
	/** Of the parameter of reward_outbox.emit(). */
	readonly type: "text" | "jsonb" | "timestamptz";
	/** For people, beside its value. */
	readonly label: string;
	/** What it does, for whoever writes an event. */
	readonly about: string;
}

/**
 * What a writer says of an event, in the order of reward_outbox.emit(). Emitting, capturing, the command line, the API,
 * the console and their tests are made of it; its counterpart in SQL is the type reward_outbox.written_event. It stands
 * with the client, which imports nothing from outside.
 */
export const EVENT_FIELDS = {
	trigger_id: { input: "trigger", type: "text", label: "trigger", about: "Reward's id of the trigger" },
	user_id: {
		input: "user",
		type: "text",
		label: "user",
		about: "the user, as your application identifies them to Reward",
	},
	payload: { input: "payload", type: "jsonb", label: "payload", about: "the payload, a JSON object" },
	idempotency_key: {
		input: "idempotencyKey",
		type: "text",
		label: "idempotency key",
		about: "a second event with the same key adds nothing",
	},
	ordering_key: {
		input: "orderingKey",
		type: "text",
		label: "ordering key",
		about: "events with the same key are sent one at a time, in order",
	},
	deliver_after: { input: "deliverAfter", type: "timestamptz", label: "not before", about: "not before this time" },
	metadata: { input: "metadata", type: "jsonb", label: "metadata", about: "kept for the audit, never sent" },
} as const satisfies Readonly<Record<string, Field>>;

type Fields = typeof EVENT_FIELDS;

export type EventField = keyof Fields;

export const EVENT_FIELD_NAMES = Object.keys(EVENT_FIELDS) as readonly EventField[];

/** A text that need not be there, such as a key. */
export type TextField = {
	[F in EventField]: Fields[F]["type"] extends "text" ? Exclude<F, "trigger_id" | "user_id"> : never;
}[EventField];

export const TEXT_FIELDS = EVENT_FIELD_NAMES.filter(
	(name): name is TextField => EVENT_FIELDS[name].type === "text" && name !== "trigger_id" && name !== "user_id",
);

/** The same under the names that an application uses. */
export type TextInput = Fields[TextField]["input"];

/** Something for each of those texts, under its name. */
export function ofTextFields<T>(of: (name: TextField) => T): Readonly<Record<TextField, T>> {
	return Object.fromEntries(TEXT_FIELDS.map((name) => [name, of(name)])) as Record<TextField, T>;
}

/** An event's fields as a driver reads them. */
export type FieldValues = {
	readonly [F in EventField]: { text: string | null; jsonb: unknown; timestamptz: Date | null }[Fields[F]["type"]];
};
