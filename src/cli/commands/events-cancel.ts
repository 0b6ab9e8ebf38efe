import type { Command } from "commander";
import { batchesOf } from "../../batches.ts";
import { UsageError } from "../../errors.ts";
import type { DecisionResult } from "../../store/decide-events.ts";
import { each, uuid } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type ByFilterFlags, byFilterOptions, decideByFilter } from "../decide-by-filter.ts";
import { printDecided } from "../decided.ts";
import { deciderOf, decisionOptions } from "../decision.ts";
import { filterOptions, isEmptyFilter } from "../event-filter.ts";

const EXAMPLES = `
An event that is being sent right now cannot be cancelled. The next event of its ordering key is set free. By filter it
says first how many events match, and does nothing without --yes.

Examples:
  $ reward-outbox events cancel --reason "test order" 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f
  $ reward-outbox events cancel --status pending --trigger summer_campaign
  $ reward-outbox events cancel --status pending --trigger summer_campaign --yes --reason "the campaign is over"`;

export function registerCancel(events: Command, context: CommandContext): void {
	const command = events
		.command("cancel")
		.summary("give events up")
		.description("Pending, dead and uncertain events will not be sent (again).")
		.argument("[id...]", "ids of events, unless a filter says which", each(uuid));
	byFilterOptions(decisionOptions(filterOptions(command), { reasonRequired: false }))
		.addHelpText("after", EXAMPLES)
		.action((ids: string[] | undefined, flags: ByFilterFlags) => runCancel(ids ?? [], flags, context));
}

async function runCancel(ids: readonly string[], flags: ByFilterFlags, context: CommandContext): Promise<void> {
	if (ids.length === 0) return cancelByFilter(flags, context);
	if (!isEmptyFilter(flags)) {
		throw new UsageError("ids and a filter are given", { hint: "give either the ids of the events or a filter" });
	}
	const { cancelEvents } = await import("../../store/decide-events.ts");
	const results = await withCurrentSchema(context, "events cancel", async (db) => {
		const all: DecisionResult[] = [];
		for (const batch of batchesOf([...new Set(ids)]))
			all.push(...(await cancelEvents(db, batch, deciderOf(flags, context))));
		return all;
	});
	printDecided(context, "cancel", results, { done: "cancelled", json: flags.json === true });
}

async function cancelByFilter(flags: ByFilterFlags, context: CommandContext): Promise<void> {
	const { status } = flags;
	if (status === undefined) {
		throw new UsageError(isEmptyFilter(flags) ? "no events are named" : "a filter needs --status", {
			hint: "give ids, or a filter with --status, such as --status pending --trigger summer_campaign",
		});
	}
	if (status === "sending" || status === "delivered" || status === "cancelled") {
		throw new UsageError(`${status} events cannot be cancelled`, { hint: "pending, dead and uncertain ones can" });
	}
	const verb = {
		name: "cancel",
		intent: "cancelled",
		done: "cancelled",
		question: (events: string) => `Cancel ${events}?`,
		allowDuplicates: false,
	} as const;
	return decideByFilter(verb, { ...flags, status }, context);
}
