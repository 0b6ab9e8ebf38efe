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

interface RetryFlags extends ByFilterFlags {
	readonly allowDuplicates?: true;
}

const EXAMPLES = `
By filter it says first how many events match, and does nothing without --yes. What was delivered, or may have been,
needs --allow-duplicates: the user may be rewarded twice.

Examples:
  $ reward-outbox events retry 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f
  $ reward-outbox events retry --status dead --trigger successful_payment --since 2h
  $ reward-outbox events retry --status dead --since 2h --yes --reason "Reward was misconfigured"`;

export function registerRetry(events: Command, context: CommandContext): void {
	const command = events
		.command("retry")
		.summary("send events again")
		.description("Puts events back to pending: due at once, with a fresh budget of attempts.")
		.argument("[id...]", "ids of events, unless a filter says which", each(uuid));
	byFilterOptions(decisionOptions(filterOptions(command), { reasonRequired: false }))
		.option("--allow-duplicates", "also what was delivered or may have been")
		.addHelpText("after", EXAMPLES)
		.action((ids: string[] | undefined, flags: RetryFlags) => runRetry(ids ?? [], flags, context));
}

async function runRetry(ids: readonly string[], flags: RetryFlags, context: CommandContext): Promise<void> {
	if (ids.length === 0) return retryByFilter(flags, context);
	if (!isEmptyFilter(flags)) {
		throw new UsageError("ids and a filter are given", { hint: "give either the ids of the events or a filter" });
	}
	const { retryEvents } = await import("../../store/decide-events.ts");
	const results = await withCurrentSchema(context, "events retry", async (db) => {
		const all: DecisionResult[] = [];
		for (const batch of batchesOf([...new Set(ids)])) {
			all.push(...(await retryEvents(db, batch, flags.allowDuplicates === true, deciderOf(flags, context))));
		}
		return all;
	});
	printDecided(context, "retry", results, { done: "pending again", json: flags.json === true });
}

/** Which status is meant has to be said: "all of this trigger" would include what was delivered. */
async function retryByFilter(flags: RetryFlags, context: CommandContext): Promise<void> {
	const { status } = flags;
	if (status === undefined) {
		throw new UsageError(isEmptyFilter(flags) ? "no events are named" : "a filter needs --status", {
			hint: "give ids, or a filter with --status, such as --status dead --since 2h",
		});
	}
	if (status === "sending") throw new UsageError("events that are being sent cannot be retried");
	if ((status === "delivered" || status === "uncertain") && !flags.allowDuplicates) {
		throw new UsageError(`sending ${status} events again may reward users twice`, {
			hint: "add --allow-duplicates if that is acceptable",
		});
	}
	const verb = {
		name: "retry",
		intent: "sent again",
		done: "pending again",
		question: (events: string) => `Send ${events} again?`,
		allowDuplicates: flags.allowDuplicates === true,
	} as const;
	return decideByFilter(verb, { ...flags, status }, context);
}
