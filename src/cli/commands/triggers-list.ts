import type { Command } from "commander";
import type { TriggerRow } from "../../store/inspect/list-triggers.ts";
import { pauseReason } from "../../words/remedy.ts";
import { heldInWords } from "../../words/why-held.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { printJsonLines } from "../output.ts";
import { type Cell, printTable } from "../table.ts";

const EXAMPLES = `
Triggers without settings of their own are listed while events of theirs wait or need a person.

Examples:
  $ reward-outbox triggers list`;

export function registerTriggerList(triggers: Command, context: CommandContext): void {
	triggers
		.command("list")
		.summary("list triggers with their policy and what waits")
		.description("Lists triggers with their policy, what holds their events back, and how many of their events wait.")
		.option("--json", "print JSON lines")
		.addHelpText("after", EXAMPLES)
		.action((flags: { json?: true }) => runList(flags, context));
}

async function runList(flags: { json?: true }, context: CommandContext): Promise<void> {
	const { listTriggers } = await import("../../store/inspect/list-triggers.ts");
	const { triggers, now } = await withCurrentSchema(context, "triggers list", listTriggers);
	if (flags.json) return printJsonLines(context, triggers);
	if (triggers.length === 0) context.stderr.write("no trigger has settings, and nothing waits\n");
	else printTriggers(context, triggers, now);
}

function printTriggers(context: CommandContext, triggers: readonly TriggerRow[], now: Date): void {
	const number = (header: string) => ({ header, align: "right" as const });
	printTable(
		context,
		[
			{ header: "TRIGGER", shrinksTo: 24 },
			{ header: "MODE" },
			{ ...number("MAX ATTEMPTS"), rank: 1 },
			{ ...number("PER SECOND"), rank: 2 },
			{ ...number("IN FLIGHT"), rank: 3 },
			{ header: "RECONCILE", rank: 4 },
			number("WAITING"),
			number("DEAD"),
			number("UNCERTAIN"),
			{ header: "HELD BACK", cap: 200, isProse: true },
		],
		triggers.map((trigger): Cell[] => [
			trigger.trigger_id,
			trigger.mode,
			trigger.max_attempts ?? "default",
			trigger.rate_per_second ?? "no limit",
			trigger.max_in_flight ?? "no limit",
			reconcilingOf(trigger),
			trigger.waiting,
			trigger.dead,
			trigger.uncertain,
			pauseReason(trigger, now) ?? heldInWords(trigger.held_back, now) ?? "",
		]),
	);
}

/** As `triggers set --reconcile` takes it. */
function reconcilingOf({ auto_confirm, auto_resend }: TriggerRow): string {
	const names = [...(auto_confirm ? ["auto-confirm"] : []), ...(auto_resend ? ["auto-resend"] : [])];
	return names.length === 0 ? "advise" : names.join(",");
}
