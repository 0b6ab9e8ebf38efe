import { type Static, Type } from "typebox";
import { FIELD_WORDS } from "../../words/event-fields.ts";
import { anyJson, count, exact, identifier, named, nullable, reason, time } from "./parts.ts";

const expression = (description: string) => nullable(Type.String({ description: `SQL. ${description}` }));

/** An expression for everything that an event can have but its trigger. */
function fieldExpressions() {
	const { trigger_id: _, ...fields } = FIELD_WORDS;
	const entries = Object.entries(fields).map(([name, { label }]) => [
		name,
		expression(name === "deliver_after" ? "When to send." : `The ${label}.`),
	]);
	return Object.fromEntries(entries) as Record<keyof typeof fields, ReturnType<typeof expression>>;
}

export const Watch = Type.Object(
	{
		name: Type.String({ examples: ["order_paid"] }),
		table: Type.String({ examples: ["public.orders"] }),
		operations: Type.Array(Type.String({ examples: ["INSERT"] })),
		condition: expression("Which row changes count. Null: all."),
		trigger_id: nullable(Type.String({ description: "A literal; null: `trigger_id_expr` says it." })),
		trigger_id_expr: expression("The trigger."),
		...fieldExpressions(),
		on_error: Type.Enum(["record", "raise"], {
			description: "record: the writer goes on and the row is kept. raise: its statement fails.",
		}),
		created_at: time("When it was made."),
		created_by: Type.String(),
		changed_at: time("When it was last changed."),
		changed_by: Type.String(),
		state: Type.Enum(["ok", "broken"]),
		problem: nullable(Type.String({ description: "Why it does not work as it stands." })),
		unresolved_errors: count("Row changes it missed and that wait for a replay."),
	},
	{ $id: "Watch", description: "A rule that captures events from a table." },
);
export type Watch = Static<typeof Watch>;

export const WatchList = Type.Object({ watches: Type.Array(named(Watch)) }, { $id: "WatchList" });
export type WatchList = Static<typeof WatchList>;

const watchName = identifier("The rule's name.", "order_paid");
export const WatchPath = exact({ name: watchName });

export const WatchErrorQuery = exact({
	watch: Type.Optional(watchName),
	resolved: Type.Optional(Type.Boolean({ default: false, description: "Also what has been replayed or dismissed." })),
	limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
});
export type WatchErrorQuery = Static<typeof WatchErrorQuery>;

export const WatchErrorRow = Type.Object(
	{
		error_no: Type.Integer(),
		watch: Type.String(),
		table_name: Type.String(),
		operation: Type.String({ examples: ["UPDATE"] }),
		key: anyJson("Primary key of the row. Null: its table has none."),
		error_code: Type.String({ description: "SQLSTATE." }),
		error_message: Type.String(),
		at: time("When."),
		resolved_at: nullable(time("When it was replayed or dismissed.")),
		resolution: nullable(Type.String()),
		replayable: Type.Boolean({ description: "Whether the row was kept." }),
	},
	{ $id: "WatchErrorRow", description: "A row change that could not be turned into an event." },
);
export type WatchErrorRow = Static<typeof WatchErrorRow>;

export const WatchErrorList = Type.Object(
	{ errors: Type.Array(named(WatchErrorRow), { description: "The latest first." }) },
	{ $id: "WatchErrorList" },
);
export type WatchErrorList = Static<typeof WatchErrorList>;

export const Replayed = Type.Object(
	{
		error_no: Type.Integer(),
		watch: Type.String(),
		key: anyJson("Primary key of the row."),
		done: Type.Boolean({ description: "Nothing is missing any more." }),
		note: Type.String(),
	},
	{ $id: "Replayed" },
);
export type Replayed = Static<typeof Replayed>;

export const ReplayRequest = exact({});
export type ReplayRequest = Static<typeof ReplayRequest>;

export const ReplayResult = Type.Object(
	{
		replayed: count("Errors that are done."),
		failed: count("Errors that remain."),
		results: Type.Array(named(Replayed), { description: "The first 200; those that failed first." }),
	},
	{ $id: "ReplayResult" },
);
export type ReplayResult = Static<typeof ReplayResult>;

export const DismissRequest = exact({
	reason,
	error_nos: Type.Optional(
		Type.Array(Type.Integer({ minimum: 1 }), {
			minItems: 1,
			maxItems: 1000,
			description: "Left out: all of the rule.",
		}),
	),
});
export type DismissRequest = Static<typeof DismissRequest>;

export const DismissResult = Type.Object(
	{ dismissed: count("Errors that need nothing further.") },
	{ $id: "DismissResult" },
);
export type DismissResult = Static<typeof DismissResult>;
