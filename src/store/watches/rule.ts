/** When a rule can not make an event of a row: `record` lets the writer go on and keeps the row, `raise` fails its statement. */
export type OnError = "record" | "raise";

/** The parameters of a rule that are SQL expressions over NEW, OLD and TG_OP. */
export const EXPRESSIONS = [
	"condition",
	"trigger_id_expr",
	"user_id",
	"payload",
	"idempotency_key",
	"ordering_key",
	"deliver_after",
	"metadata",
] as const;

export type ExpressionName = (typeof EXPRESSIONS)[number];

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
	condition: null,
	trigger_id: null,
	trigger_id_expr: null,
	user_id: null,
	payload: null,
	idempotency_key: null,
	ordering_key: null,
	deliver_after: null,
	metadata: null,
	on_error: "record",
} satisfies Omit<RuleSettings, "table">;
