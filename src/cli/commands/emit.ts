import type { Command } from "commander";
import { ofTextFields, TEXT_FIELDS, type TextField } from "../../client/event-fields.ts";
import type { TextEvent } from "../../store/emit-text.ts";
import { FIELD_WORDS } from "../../words/event-fields.ts";
import { type Moment, moment } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { isShortMetadata, metadata } from "../event-filter.ts";
import { type FlagValue, flagOf, flagValueOf } from "../field-flags.ts";
import { jsonNumber, jsonObject, jsonText } from "../json-argument.ts";
import { withDatabase } from "../one-database.ts";
import { printJson, printLine } from "../output.ts";

interface EmitFlags extends Readonly<Partial<Record<FlagValue<TextField>, string>>> {
	readonly value?: string;
	readonly payload?: string;
	readonly deliverAfter?: Moment;
	readonly metadata?: string;
	readonly json?: true;
}

const EXAMPLES = `
Numbers reach Reward with the digits that were typed.

Examples:
  $ reward-outbox emit successful_payment user123 --value 19.99
  $ reward-outbox emit successful_payment user123 --value 5 --idempotency-key order-4711-paid
  $ reward-outbox emit birthday user123 --deliver-after 2h`;

/** Where this command has more to say of a field. */
const HELP: Partial<Record<TextField, string>> = {
	idempotency_key: `${FIELD_WORDS.idempotency_key.about}; the first id is printed`,
};

export function registerEmit(program: Command, context: CommandContext): void {
	const command = program
		.command("emit")
		.summary("write one event")
		.description("Writes one event in a transaction of its own and prints its id.")
		.argument("<trigger>", FIELD_WORDS.trigger_id.about)
		.argument("<user>", FIELD_WORDS.user_id.about)
		.option("--value <n>", "the payload's value, a number", jsonNumber)
		.option("--payload <json>", FIELD_WORDS.payload.about, jsonObject);
	for (const name of TEXT_FIELDS) command.option(`${flagOf(name)} <text>`, HELP[name] ?? FIELD_WORDS[name].about);
	command
		.option("--deliver-after <t>", "not before this time (2026-03-01T10:00Z) or this long from now (2h)", moment)
		.option("--metadata <json>", `${FIELD_WORDS.metadata.about}: order_id=4711 or JSON`, metadataText)
		.option("--json", 'print {"id": …} instead of the bare id')
		.addHelpText("after", EXAMPLES)
		.action((trigger: string, user: string, flags: EmitFlags) => runEmit(trigger, user, flags, context));
}

async function runEmit(trigger: string, user: string, flags: EmitFlags, context: CommandContext): Promise<void> {
	const [{ emitText }, { UsageError }] = await Promise.all([
		import("../../store/emit-text.ts"),
		import("../../errors.ts"),
	]);
	if (flags.value !== undefined && flags.payload !== undefined && Object.hasOwn(JSON.parse(flags.payload), "value")) {
		throw new UsageError("--value is given, and --payload has a value too", { hint: "leave one of them out" });
	}
	const event: TextEvent = {
		trigger_id: trigger,
		user_id: user,
		payload: flags.payload ?? "{}",
		value: flags.value ?? null,
		...ofTextFields((name) => flags[flagValueOf(name)] ?? null),
		deliver_after: deliverAfter(flags.deliverAfter),
		metadata: flags.metadata ?? null,
	};
	const id = await withDatabase(context, "emit", (db) => emitText(db, event));
	if (flags.json) printJson(context, { id });
	else printLine(context, id);
}

function deliverAfter(when: Moment | undefined): TextEvent["deliver_after"] {
	if (when === undefined) return null;
	return when.kind === "absolute" ? { iso: when.iso } : { inMs: when.ms };
}

/** As a search takes it, or any JSON. */
function metadataText(text: string): string {
	return isShortMetadata(text) ? metadata(text) : jsonText(text);
}
