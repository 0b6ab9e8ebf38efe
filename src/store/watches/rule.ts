import { EVENT_FIELD_NAMES, type EventField } from "../../client/event-fields.ts";

/**
 * When a rule cannot make an event of a row: `record` lets the writer go on and keeps the row, `raise` fails its
 * statement.
 */
export type OnError = "record" | "raise";

/** The parameters of a rule that are SQL expressions over NEW, OLD and TG_OP. */
export type ExpressionName = "condition" | "trigger_id_expr" | Exclude<EventField, "trigger_id">;

export const EXPRESSIONS: readonly ExpressionName[] = [
	"condition",
	"trigger_id_expr",
	...EVENT_FIELD_NAMES.filter((name) => name !== "trigger_id"),
];

/** What a rule does, under the names of `reward_outbox.watch()`. An expression that is not there is null. */
export interface RuleSettings extends Readonly<Record<ExpressionName, string | null>> {
	/** As PostgreSQL writes it, with its schema: `public.orders`, `"Odd Shop"."Orders"`. */
	readonly table: string;
	/** Some of INSERT, UPDATE, DELETE, in this order. */
	readonly operations: readonly string[];
	/** A literal; null when `trigger_id_expr` is there. */
	readonly trigger_id: string | null;
	readonly on_error: OnError;
}

export interface Rule extends RuleSettings {
	readonly name: string;
}

/** A rule that does nothing special: to be spread under what is given. */
export const PLAIN_RULE = {
	operations: ["INSERT", "UPDATE"],
	trigger_id: null,
	...(Object.fromEntries(EXPRESSIONS.map((name) => [name, null])) as Readonly<Record<ExpressionName, null>>),
	on_error: "record",
} satisfies Omit<RuleSettings, "table">;
