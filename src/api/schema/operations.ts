import { type Static, Type } from "typebox";
import { operationFields } from "./event-detail.ts";
import { moment } from "./events.ts";
import { eventId, exact, identifier, named, nextCursor, now, nullable } from "./parts.ts";

export const Operation = Type.Object(
	{
		...operationFields,
		event_id: nullable(Type.String({ description: "The event it is about." })),
		trigger_id: nullable(Type.String({ description: "The trigger it is about." })),
		run_no: nullable(Type.String({ description: "The bulk run that it was part of, or began." })),
	},
	{ $id: "Operation", description: "Something a person decided: who, what, when, why." },
);
export type Operation = Static<typeof Operation>;

/** What narrows the log. */
export const OperationFilterQuery = exact({
	action: Type.Optional(identifier("Only this action.", "retry")),
	actor: Type.Optional(identifier("Only what this person did.", "anna")),
	trigger: Type.Optional(identifier("Only what is about this trigger.", "successful_payment")),
	event: Type.Optional(eventId),
	run: Type.Optional(
		Type.String({
			pattern: "^[0-9]{1,18}$",
			description: "What this bulk run decided, event by event. Without it a run is one row: its beginning.",
			examples: ["4711"],
		}),
	),
	since: Type.Optional(moment("Decided at this time or later.")),
	until: Type.Optional(moment("Decided before this time.")),
});
export type OperationFilterQuery = Static<typeof OperationFilterQuery>;

export const OperationQuery = exact({
	...OperationFilterQuery.properties,
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: "Rows of a page." })),
	cursor: Type.Optional(
		Type.String({ minLength: 1, maxLength: 100, description: "`next_cursor` of the page before." }),
	),
});
export type OperationQuery = Static<typeof OperationQuery>;

export const OperationPage = Type.Object(
	{ operations: Type.Array(named(Operation), { description: "The latest first." }), next_cursor: nextCursor, now },
	{ $id: "OperationPage" },
);
export type OperationPage = Static<typeof OperationPage>;

export const OperationExportQuery = exact({
	...OperationFilterQuery.properties,
	format: Type.Enum(["csv", "jsonl"], {
		description: "csv: RFC 4180, safe to open in a spreadsheet. jsonl: a JSON object per line.",
	}),
});
