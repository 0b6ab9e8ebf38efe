import type { Command } from "commander";
import { batchesOf } from "../../batches.ts";
import type { DecisionResult } from "../../store/decide-events.ts";
import { each, uuid } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { printDecided } from "../decided.ts";
import { type DecisionFlags, deciderOf, decisionOptions } from "../decision.ts";

const EXAMPLES = `
An event that is being sent right now can not be cancelled. The next event of its ordering key is set free.

Examples:
  $ reward-outbox events cancel --reason "test order" 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f`;

export function registerCancel(events: Command, context: CommandContext): void {
	const command = events
		.command("cancel")
		.summary("give events up")
		.description("Pending, dead and uncertain events will not be sent (again).")
		.argument("<id...>", "ids of events", each(uuid));
	decisionOptions(command, { reasonRequired: false })
		.addHelpText("after", EXAMPLES)
		.action((ids: string[], flags: DecisionFlags) => runCancel(ids, flags, context));
}

async function runCancel(ids: readonly string[], flags: DecisionFlags, context: CommandContext): Promise<void> {
	const { cancelEvents } = await import("../../store/decide-events.ts");
	const results = await withCurrentSchema(context, "events cancel", async (db) => {
		const all: DecisionResult[] = [];
		for (const batch of batchesOf([...new Set(ids)]))
			all.push(...(await cancelEvents(db, batch, deciderOf(flags, context))));
		return all;
	});
	printDecided(context, results, { done: "cancelled", json: flags.json === true });
}
