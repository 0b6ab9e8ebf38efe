import { EVENT_FIELDS, TEXT_FIELDS, type TextInput } from "../client/event-fields.ts";

/** An event as a test sees it, wherever it was found. */
export interface RecordedEvent extends Readonly<Record<TextInput, string | null>> {
	readonly trigger: string;
	readonly user: string;
	/** Parsed; what was written is in `payloadText`. */
	readonly payload: unknown;
	/** The JSON text as it was written, which for a number may say more than its value. */
	readonly payloadText: string;
	/** Null: none. Of the sandbox, the key of the request, which is the event's id. */
	readonly idempotencyKey: string | null;
	readonly deliverAfter: string | null;
	readonly metadata: unknown;
}

/** The event of these columns; what is left out is not known where it was found. */
export function recordedEvent(row: Readonly<Record<string, unknown>>): RecordedEvent {
	const text = (name: string) => (row[name] === undefined || row[name] === null ? null : String(row[name]));
	const payloadText = text("payload") ?? "{}";
	const metadata = text("metadata");
	return {
		trigger: text("trigger_id") ?? "",
		user: text("user_id") ?? "",
		payload: JSON.parse(payloadText),
		payloadText,
		...(Object.fromEntries(TEXT_FIELDS.map((name) => [EVENT_FIELDS[name].input, text(name)])) as Record<
			TextInput,
			string | null
		>),
		deliverAfter: text("deliver_after"),
		metadata: metadata === null ? null : JSON.parse(metadata),
	};
}
