import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { EXPRESSIONS, type ExpressionName, type OnError, PLAIN_RULE, type Rule } from "../../store/watches/rule.ts";
import { identifier } from "../event-filter.ts";

/** A rule as flags: one per parameter of reward_outbox.watch(). */
export interface RuleFlags {
	readonly table?: string;
	readonly operations?: readonly string[];
	readonly condition?: string;
	readonly triggerId?: string;
	readonly triggerIdExpr?: string;
	readonly userId?: string;
	readonly payload?: string;
	readonly idempotencyKey?: string;
	readonly orderingKey?: string;
	readonly deliverAfter?: string;
	readonly metadata?: string;
	readonly onError?: OnError;
}

export function ruleOptions(command: Command): Command {
	return command
		.option("--table <name>", "the table, with its schema: public.orders")
		.option("--operations <list>", "some of insert,update,delete (default: insert,update)", operations)
		.option("--condition <sql>", "which changes: a boolean SQL expression over NEW, OLD, TG_OP (default: all)")
		.option("--trigger-id <id>", "Reward's trigger, literally", identifier)
		.option("--trigger-id-expr <sql>", "or an SQL expression for it")
		.option("--user-id <sql>", "SQL expression: NEW.customer_id::text")
		.option("--payload <sql>", "SQL expression, jsonb: jsonb_build_object('value', NEW.total); or JSON")
		.option(
			"--idempotency-key <sql>",
			"SQL expression: 'order-' || NEW.id || '-paid'; an event with the same key is written once",
		)
		.option("--ordering-key <sql>", "SQL expression: events with the same key are sent one at a time, in order")
		.option("--deliver-after <sql>", "SQL expression, timestamptz: now() + interval '1 day'")
		.option("--metadata <sql>", "SQL expression, jsonb, or JSON: kept for the audit, never sent")
		.addOption(
			new Option(
				"--on-error <what>",
				"when an event cannot be made: keep the row for later, or fail the writer's statement",
			).choices(["record", "raise"]),
		);
}

/** The rule of some flags. @throws UsageError without a table */
export function ruleOf(name: string, flags: RuleFlags): Rule {
	if (flags.table === undefined)
		throw new UsageError("--table is missing", { hint: "name the table, such as public.orders" });
	const expressions = EXPRESSIONS.map((parameter) => [parameter, asSql(flags[flagOf(parameter)] ?? null)]);
	return {
		...PLAIN_RULE,
		name,
		table: flags.table,
		...(flags.operations === undefined ? {} : { operations: flags.operations }),
		...(Object.fromEntries(expressions) as Pick<Rule, ExpressionName>),
		trigger_id: flags.triggerId ?? null,
		on_error: flags.onError ?? PLAIN_RULE.on_error,
	};
}

/** JSON is no SQL expression, and nobody means anything else by it: `{"value": 5}` is `'{"value": 5}'::jsonb`. */
function asSql(text: string | null): string | null {
	if (text === null || !/^\s*\{/.test(text)) return text;
	try {
		JSON.parse(text);
	} catch {
		return text;
	}
	return `'${text.replaceAll("'", "''")}'::jsonb`;
}

/** `user_id` → `userId`, as commander names the flag. */
function flagOf(parameter: ExpressionName): Exclude<keyof RuleFlags, "operations" | "onError" | "table"> {
	return parameter.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as "userId";
}

const OPERATIONS = ["INSERT", "UPDATE", "DELETE"];

function operations(text: string): readonly string[] {
	const words = text.split(",").map((word) => word.trim().toUpperCase());
	if (words.every((word) => OPERATIONS.includes(word))) return OPERATIONS.filter((word) => words.includes(word));
	throw new InvalidArgumentError("Expected some of insert, update, delete, separated by commas.");
}
