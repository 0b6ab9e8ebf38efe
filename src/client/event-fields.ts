interface Field {
	/** What `emit` calls it in an application. */
	readonly input: string;
	/** Of the parameter of reward_outbox.emit(). */
	readonly type: "text" | "jsonb" | "timestamptz";
}

/**
 * What a writer says of an event, in the order of reward_outbox.emit(). Emitting, capturing, the command line, the API,
 * the console and their tests are made of it; its counterpart in SQL is the type reward_outbox.written_event. It stands
 * with the client, which imports nothing from outside; its words are in src/words.
 */
export const EVENT_FIELDS = {
	trigger_id: { input: "trigger", type: "text" },
	user_id: { input: "user", type: "text" },
	payload: { input: "payload", type: "jsonb" },
	idempotency_key: { input: "idempotencyKey", type: "text" },
	ordering_key: { input: "orderingKey", type: "text" },
	deliver_after: { input: "deliverAfter", type: "timestamptz" },
	metadata: { input: "metadata", type: "jsonb" },
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
