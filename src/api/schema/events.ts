import { type Static, Type } from "typebox";
import { ofTextFields } from "../../client/event-fields.ts";
import { STATUSES } from "../../event/event.ts";
import { OUTCOME_CLASSES } from "../../event/outcome.ts";
import { FIELD_WORDS } from "../../words/event-fields.ts";
import { anyJson, count, exact, identifier, named, nextCursor, now, nullable, sentence, time } from "./parts.ts";

export const Status = Type.Enum([...STATUSES], {
	description:
		"pending: new, or waits for its next attempt. sending: a relay has it. delivered: Reward accepted it. dead: given up. uncertain: it may have been applied. cancelled: a person took it back.",
});
export type Status = Static<typeof Status>;

export const OutcomeClass = Type.Enum([...OUTCOME_CLASSES], {
	description:
		"What an attempt is known to have done. refused: not applied. not_sent: never left the relay. ambiguous: it may have been applied.",
});
export type OutcomeClass = Static<typeof OutcomeClass>;

export const EventRow = Type.Object(
	{
		id: Type.String({ examples: ["019a3c5e-7f10-7b52-9d3f-5a6b7c8d9e0f"] }),
		trigger_id: Type.String({ examples: ["successful_payment"] }),
		user_id: Type.String({ examples: ["user123"] }),
		payload: anyJson("What is sent: an object. Numbers as they were written; read them as decimals, not as doubles."),
		status: Status,
		attempts: count("Attempts begun, the one under way included."),
		created_at: time("When it was written."),
		next_attempt_at: nullable(time("When it is due. Null: it is not sent any more, or is being sent.")),
		delivered_at: nullable(time("When Reward accepted it.")),
		last_outcome: nullable(OutcomeClass),
		last_http_status: nullable(Type.Integer({ examples: [503] })),
		last_error: nullable(Type.String({ description: "One line for a person." })),
		...ofTextFields((name) => nullable(Type.String({ description: sentence(FIELD_WORDS[name].about) }))),
		metadata: anyJson("Kept for the audit, never sent. Null: none."),
		source: nullable(Type.String({ description: "The watch that captured it. Null: the application wrote it." })),
	},
	{ $id: "EventRow", description: "One event." },
);
export type EventRow = Static<typeof EventRow>;

export const moment = (description: string) =>
	Type.String({
		minLength: 2,
		maxLength: 40,
		description: `${description} A date (2026-03-01), a time with its zone (2026-03-01T10:00Z), or a distance from now (2h, 90d).`,
		examples: ["2h"],
	});

/** What narrows a list, in a query string and (with `metadata` as an object) in a body. */
const filterFields = {
	trigger: Type.Optional(identifier("Only events of this trigger.", "successful_payment")),
	user: Type.Optional(identifier("Only events of this user.", "user123")),
	since: Type.Optional(moment("Written at this time or later.")),
	until: Type.Optional(moment("Written before this time.")),
	idempotency_key: Type.Optional(identifier("Only the event with this key.", "order-4711-paid")),
	source: Type.Optional(identifier("Only events that this watch captured.", "order_paid")),
	http_status: Type.Optional(
		Type.Integer({
			minimum: 0,
			maximum: 999,
			description: "Only events whose last attempt was answered with this HTTP status; 0: with none.",
			examples: [422],
		}),
	),
	error_code: Type.Optional(
		identifier("Only events whose last attempt has this error code; `-`: none.", "user_not_found"),
	),
	error: Type.Optional(
		Type.String({
			minLength: 1,
			maxLength: 1000,
			description:
				"Only events whose last attempt has a message of this shape: ids, numbers and quoted parts do not count, `*` stands for them; `-`: no message.",
			examples: ["No user * exists"],
		}),
	),
	text: Type.Optional(
		Type.String({
			minLength: 1,
			maxLength: 200,
			description: "Only events whose payload contains this, in whatever case.",
		}),
	),
	run: Type.Optional(
		Type.String({
			pattern: "^[0-9]{1,18}$",
			description: "Only events that this bulk run changed.",
			examples: ["4711"],
		}),
	),
};

const ANY_STATUS = {
	minItems: 1,
	maxItems: STATUSES.length,
	uniqueItems: true,
	description: "Only events in one of these.",
};

export const EventFilterQuery = exact({
	status: Type.Optional(Type.Array(Status, { ...ANY_STATUS, examples: [["dead"]] })),
	...filterFields,
	metadata: Type.Optional(
		Type.String({
			minLength: 2,
			maxLength: 4096,
			description: "Only events whose metadata contains this JSON object.",
			examples: ['{"order_id":4711}'],
		}),
	),
});
export type EventFilterQuery = Static<typeof EventFilterQuery>;

export const Filter = exact(
	{
		status: Type.Optional(Type.Union([Status, Type.Array(Status, ANY_STATUS)])),
		...filterFields,
		metadata: Type.Optional(
			Type.Record(Type.String(), Type.Unknown(), {
				description: "Only events whose metadata contains this object.",
				examples: [{ order_id: 4711 }],
			}),
		),
	},
	{ minProperties: 1, description: "Which events are meant. At least one field." },
);
export type Filter = Static<typeof Filter>;

export const EventListQuery = exact({
	...EventFilterQuery.properties,
	q: Type.Optional(
		Type.String({
			minLength: 1,
			maxLength: 512,
			pattern: "\\S",
			description:
				"What a person types: an id or its beginning as it is displayed, a user, an idempotency key, a trigger, or a value of the metadata with its name (`order_id = 4711`, `order 4711`) or without. `searched` says how it was taken.",
			examples: ["order 4711"],
		}),
	),
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: "Events of a page." })),
	cursor: Type.Optional(
		Type.String({ minLength: 1, maxLength: 100, description: "`next_cursor` of the page before." }),
	),
});
export type EventListQuery = Static<typeof EventListQuery>;

export const EventPage = Type.Object(
	{
		events: Type.Array(named(EventRow), { description: "Newest first." }),
		next_cursor: nextCursor,
		searched_until: nullable(
			time(
				"Set when the page is short although there may be more: the search stopped after a bounded amount of work, and what was written from this time on is complete. Go on with `next_cursor`.",
			),
		),
		searched: nullable(
			Type.Array(Type.String(), {
				description: "What was searched for `q`, in words. Null: there was no `q`.",
				examples: [["user 4711", "metadata order_id = 4711"]],
			}),
		),
		now,
	},
	{ $id: "EventPage" },
);
export type EventPage = Static<typeof EventPage>;

const MatchCount = exact({
	events: count("Found."),
	at_least: Type.Boolean({ description: "There are more, or there may be." }),
});

export const EventCounts = Type.Object(
	{
		counts: exact(
			Object.fromEntries(STATUSES.map((status) => [status, MatchCount])) as Record<Status, typeof MatchCount>,
		),
	},
	{ $id: "EventCounts", description: "How many events match a filter, by status." },
);
export type EventCounts = Static<typeof EventCounts>;

export const EXPORT_DEFAULT_ROWS = 100_000;
export const ExportQuery = exact({
	...EventFilterQuery.properties,
	format: Type.Enum(["csv", "jsonl"], {
		description: "csv: RFC 4180, safe to open in a spreadsheet. jsonl: a JSON object per line.",
	}),
	max: Type.Optional(
		Type.Integer({ minimum: 1, maximum: 10_000_000, default: EXPORT_DEFAULT_ROWS, description: "Rows at most." }),
	),
});
export type ExportQuery = Static<typeof ExportQuery>;

/** Data of the server-sent events `events` and `changed`. */
export const TailMessage = Type.Object(
	{
		events: Type.Array(named(EventRow), { description: "Newest first." }),
	},
	{ $id: "TailMessage" },
);
export type TailMessage = Static<typeof TailMessage>;

/** Data of the server-sent event `gap`. */
export const TailGap = Type.Object(
	{
		above: Type.String({ description: "The newest event that was sent before them." }),
		since: time("They were written at this time or later."),
		until: time("They were written before this time."),
	},
	{ $id: "TailGap", description: "Events that are on record and were not sent: search for them." },
);
export type TailGap = Static<typeof TailGap>;

export const TailQuery = exact({
	...EventFilterQuery.properties,
	last_event_id: Type.Optional(
		Type.String({
			minLength: 1,
			maxLength: 100,
			description: "As the header Last-Event-ID, for those who cannot set one.",
		}),
	),
});
