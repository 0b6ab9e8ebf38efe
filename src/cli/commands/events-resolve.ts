import { type Command, Option } from "commander";
import { uuid } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { printDecided } from "../decided.ts";
import { type DecisionFlags, deciderOf, decisionOptions } from "../decision.ts";

interface ResolveFlags extends DecisionFlags {
	readonly as: "delivered" | "not-delivered";
}

const EXAMPLES = `
delivered ends the event; not-delivered sends it again. A dead event can be resolved as delivered too.

Examples:
  $ reward-outbox events resolve 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f --as delivered --reason "the user has the points"`;

export function registerResolve(events: Command, context: CommandContext): void {
	const command = events
		.command("resolve")
		.summary("say what became of an uncertain event")
		.description("Records what a person found out about an event of which nobody knew whether Reward applied it.")
		.argument("<id>", "the event's id", uuid)
		.addOption(
			new Option("--as <finding>", "what was found out").choices(["delivered", "not-delivered"]).makeOptionMandatory(),
		);
	decisionOptions(command, { reasonRequired: true })
		.addHelpText("after", EXAMPLES)
		.action((id: string, flags: ResolveFlags) => runResolve(id, flags, context));
}

async function runResolve(id: string, flags: ResolveFlags, context: CommandContext): Promise<void> {
	const { resolveEvent } = await import("../../store/decide-events.ts");
	const delivered = flags.as === "delivered";
	const results = await withCurrentSchema(context, "events resolve", (db) =>
		resolveEvent(db, id, delivered, deciderOf(flags, context)),
	);
	printDecided(context, "resolve", results, {
		done: delivered ? "resolved as delivered" : "resolved as not delivered: it is sent again",
		json: flags.json === true,
	});
}
