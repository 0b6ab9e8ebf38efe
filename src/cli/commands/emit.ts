import type { Command } from "commander";
import type { TextEvent } from "../../store/emit-text.ts";
import { type Moment, moment } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { isShortMetadata, metadata } from "../event-filter.ts";
import { jsonNumber, jsonObject, jsonText } from "../json-argument.ts";
import { withDatabase } from "../one-database.ts";
import { printJson, printLine } from "../output.ts";

interface EmitFlags {
	readonly value?: string;
	readonly payload?: string;
	readonly idempotencyKey?: string;
	readonly orderingKey?: string;
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

export function registerEmit(program: Command, context: CommandContext): void {
	program
		.command("emit")
		.summary("write one event")
		.description("Writes one event in a transaction of its own and prints its id.")
		.argument("<trigger>", "Reward's id of the trigger")
		.argument("<user>", "the user, as your application identifies them to Reward")
		.option("--value <n>", "the payload's value, a number", jsonNumber)
		.option("--payload <json>", "the payload, a JSON object", jsonObject)
		.option("--idempotency-key <key>", "a second event with the same key adds nothing; the first id is printed")
		.option("--ordering-key <key>", "events with the same key are sent one at a time, in order")
		.option("--deliver-after <t>", "not before this time (2026-03-01T10:00Z) or this long from now (2h)", moment)
		.option("--metadata <json>", "kept for the audit, never sent: order_id=4711 or JSON", metadataText)
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
		triggerId: trigger,
		userId: user,
		payload: flags.payload ?? "{}",
		value: flags.value ?? null,
		idempotencyKey: flags.idempotencyKey ?? null,
		orderingKey: flags.orderingKey ?? null,
		deliverAfter: deliverAfter(flags.deliverAfter),
		metadata: flags.metadata ?? null,
	};
	const id = await withDatabase(context, "emit", (db) => emitText(db, event));
	if (flags.json) printJson(context, { id });
	else printLine(context, id);
}

function deliverAfter(when: Moment | undefined): TextEvent["deliverAfter"] {
	if (when === undefined) return null;
	return when.kind === "absolute" ? { iso: when.iso } : { inMs: when.ms };
}

/** As a search takes it, or any JSON. */
function metadataText(text: string): string {
	return isShortMetadata(text) ? metadata(text) : jsonText(text);
}
