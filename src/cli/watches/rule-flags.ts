import { type Command, InvalidArgumentError, Option } from "commander";
import { EVENT_FIELD_NAMES, type EventField } from "../../client/event-fields.ts";
import { UsageError } from "../../errors.ts";
import { EXPRESSIONS, type ExpressionName, type OnError, PLAIN_RULE, type Rule } from "../../store/watches/rule.ts";
import { FIELD_WORDS } from "../../words/event-fields.ts";
import { identifier } from "../event-filter.ts";
import { type FlagValue, flagOf, flagValueOf } from "../field-flags.ts";

/** A rule as flags: one per parameter of reward_outbox.watch(). */
export interface RuleFlags extends Readonly<Partial<Record<FlagValue<ExpressionName>, string>>> {
	readonly table?: string;
	readonly operations?: readonly string[];
	readonly triggerId?: string;
	readonly onError?: OnError;
}

/** What is expected of an expression, where the field itself does not say it. */
const HELP: Partial<Record<EventField, string>> = {
	user_id: "NEW.customer_id::text",
	payload: "jsonb_build_object('value', NEW.total), jsonb; or JSON",
	idempotency_key: "'order-' || NEW.id || '-paid'; an event with the same key is written once",
	deliver_after: "now() + interval '1 day', timestamptz",
	metadata: `jsonb, or JSON; ${FIELD_WORDS.metadata.about}`,
};

export function ruleOptions(command: Command): Command {
	command
		.option("--table <name>", "the table, with its schema: public.orders")
		.option("--operations <list>", "some of insert,update,delete (default: insert,update)", operations)
		.option("--condition <sql>", "which changes: a boolean SQL expression over NEW, OLD, TG_OP (default: all)")
		.option("--trigger-id <id>", "Reward's trigger, literally", identifier)
		.option("--trigger-id-expr <sql>", "or an SQL expression for it");
	for (const name of EVENT_FIELD_NAMES) {
		if (name === "trigger_id") continue;
		command.option(`${flagOf(name)} <sql>`, `SQL expression: ${HELP[name] ?? FIELD_WORDS[name].about}`);
	}
	return command.addOption(
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
	const expressions = EXPRESSIONS.map((parameter) => [parameter, asSql(flags[flagValueOf(parameter)] ?? null)]);
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

const OPERATIONS = ["INSERT", "UPDATE", "DELETE"];

function operations(text: string): readonly string[] {
	const words = text.split(",").map((word) => word.trim().toUpperCase());
	if (words.every((word) => OPERATIONS.includes(word))) return OPERATIONS.filter((word) => words.includes(word));
	throw new InvalidArgumentError("Expected some of insert, update, delete, separated by commas.");
}
