import { type Static, Type } from "typebox";
import { EventRow, OutcomeClass, Status } from "./events.ts";
import {
	anyJson,
	count,
	eventId,
	exact,
	identifier,
	named,
	now,
	nullable,
	optionalReason,
	reason,
	time,
} from "./parts.ts";

export const Attempt = Type.Object(
	{
		attempt: Type.Integer({ minimum: 1, description: "Number of the attempt." }),
		started_at: time("When it began."),
		duration_ms: nullable(Type.Number({ description: "Null: unknown, its relay died." })),
		outcome: OutcomeClass,
		http_status: nullable(Type.Integer()),
		error_code: nullable(Type.String({ examples: ["ECONNREFUSED"] })),
		error_message: nullable(Type.String()),
		response_body: nullable(Type.String({ description: "What Reward answered, capped." })),
		response_headers: nullable(
			Type.Record(Type.String(), Type.String(), {
				description:
					"Of an answer that was not accepted: the headers that help to find out who gave it, and when to ask again.",
				examples: [{ "x-request-id": "req_7", "retry-after": "30" }],
			}),
		),
		relay: nullable(Type.String({ description: "Who made it." })),
		decision: Type.String({ description: "What was decided after it, and why, in words." }),
	},
	{ $id: "Attempt", description: "One request to Reward, or the try to make one." },
);
export type Attempt = Static<typeof Attempt>;

/** What is on record of something a person decided. */
export const operationFields = {
	at: time("When."),
	actor: Type.String({ description: "Who: the token's name, or the database role." }),
	action: Type.String({ examples: ["retry"] }),
	reason: nullable(Type.String()),
	detail: anyJson("What it changed, or null."),
};
export const EventOperation = Type.Object(operationFields, { $id: "EventOperation" });
export type EventOperation = Static<typeof EventOperation>;

export const Action = Type.Object(
	{
		allowed: Type.Boolean({ description: "Whether the event's status allows it." }),
		may_duplicate: Type.Boolean({
			description: "Whether Reward may apply the event a second time by it: have it confirmed.",
		}),
		why_not: nullable(Type.String({ description: "Why it is not allowed, in words." })),
	},
	{ $id: "Action", description: "Something a person can decide about the event." },
);
export type Action = Static<typeof Action>;

export const EventDetail = Type.Object(
	{
		event: Type.Intersect([
			named(EventRow),
			Type.Object({ deliver_after: nullable(time("The writer asked not to send it before.")) }),
		]),
		attempts: Type.Array(named(Attempt), { description: "Oldest first." }),
		attempts_left_out: count("Attempts in the middle of a very long history that are not listed."),
		operations: Type.Array(named(EventOperation), { description: "What people decided, oldest first." }),
		explanation: Type.Array(Type.String(), { description: "What was tried, what is known, what happens next." }),
		holds_back: count("Events of its ordering key that wait behind it, counted up to 1000."),
		held_back_by: nullable(
			Type.Object({ id: Type.String(), status: Status }, { description: "The event that has to end first." }),
		),
		actions: Type.Object({ retry: named(Action), cancel: named(Action), resolve: named(Action) }),
		now,
	},
	{ $id: "EventDetail" },
);
export type EventDetail = Static<typeof EventDetail>;

export const RetryRequest = exact({
	reason: optionalReason,
	allow_duplicates: Type.Optional(
		Type.Boolean({ default: false, description: "Also when Reward may apply it a second time." }),
	),
});
export type RetryRequest = Static<typeof RetryRequest>;

export const CancelRequest = exact({ reason: optionalReason });
export type CancelRequest = Static<typeof CancelRequest>;

export const ResolveRequest = exact({
	as: Type.Enum(["delivered", "not-delivered"], {
		description: "What was found out. not-delivered: it is sent again.",
	}),
	reason,
});
export type ResolveRequest = Static<typeof ResolveRequest>;

const payload = Type.Record(Type.String(), Type.Unknown(), {
	description: "What is sent: an object, with its numbers as they are written.",
	examples: [{ value: 19.99 }],
});

export const WriteRequest = exact({
	trigger: identifier("The trigger.", "successful_payment"),
	user: identifier("The user.", "user123"),
	payload,
	of: Type.Optional(eventId),
	reason: optionalReason,
	allow_duplicates: Type.Optional(
		Type.Boolean({ default: false, description: "With `of`: also when Reward may have applied that event." }),
	),
});
export type WriteRequest = Static<typeof WriteRequest>;

export const Written = Type.Object(
	{ event_id: Type.String({ description: "The new event." }) },
	{ $id: "Written", description: "An event that an operator wrote." },
);
export type Written = Static<typeof Written>;

export const Decision = Type.Object(
	{
		event_id: Type.String(),
		done: Type.Boolean(),
		was: nullable(Type.String({ description: "Its status before." })),
		note: nullable(Type.String({ description: "Why it was not done; null: it was." })),
	},
	{ $id: "Decision", description: "What became of a decision about one event." },
);
export type Decision = Static<typeof Decision>;
