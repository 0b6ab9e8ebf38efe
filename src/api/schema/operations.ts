import { type Static, Type } from "typebox";
import { operationFields } from "./event-detail.ts";
import { eventId, exact, identifier, named, nextCursor, now, nullable } from "./parts.ts";

export const Operation = Type.Object(
	{
		...operationFields,
		event_id: nullable(Type.String({ description: "The event it is about." })),
		trigger_id: nullable(Type.String({ description: "The trigger it is about." })),
	},
	{ $id: "Operation", description: "Something a person decided: who, what, when, why." },
);
export type Operation = Static<typeof Operation>;

export const OperationQuery = exact({
	action: Type.Optional(identifier("Only this action.", "retry")),
	actor: Type.Optional(identifier("Only what this person did.", "anna")),
	trigger: Type.Optional(identifier("Only what is about this trigger.", "successful_payment")),
	event: Type.Optional(eventId),
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
