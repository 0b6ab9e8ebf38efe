import { type Static, Type } from "typebox";
import { OutcomeClass, Status } from "./events.ts";
import { count, named, now, nullable, time } from "./parts.ts";

export const FailureGroup = Type.Object(
	{
		status: Status,
		trigger_id: Type.String({ examples: ["successful_payment"] }),
		outcome: nullable(OutcomeClass),
		http_status: nullable(Type.Integer({ description: "Of the last attempt. Null: no answer came." })),
		error_code: nullable(Type.String({ examples: ["user_not_found"] })),
		error: nullable(Type.String({ description: "What the messages have in common.", examples: ["No user * exists"] })),
		events: count("Events."),
		users: count("Users whose they are."),
		value: nullable(Type.String({ description: "Sum of `value` in their payloads, a decimal. Null: none has one." })),
		first_at: time("When the first of the last attempts was made."),
		last_at: time("When the last one was."),
		example_id: Type.String({ description: "The newest of the events." }),
		example_error: nullable(Type.String({ description: "Its message." })),
	},
	{
		$id: "FailureGroup",
		description: "Events that failed for one cause. The filters of a search find them by the same fields.",
	},
);
export type FailureGroup = Static<typeof FailureGroup>;

export const FailureGroups = Type.Object(
	{
		groups: Type.Array(named(FailureGroup), {
			description: "At most 50: what needs a person first, then by how many there are.",
		}),
		at_least: Type.Boolean({ description: "There is more than is looked at (the newest 10 000 of each status)." }),
		now,
	},
	{ $id: "FailureGroups" },
);
export type FailureGroups = Static<typeof FailureGroups>;
