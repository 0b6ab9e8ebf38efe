import type { Command } from "commander";
import { uuid } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { noSuchEvent } from "../no-such-event.ts";
import { escapeForTerminal, printJson, printProse } from "../output.ts";

const LINE_CAP = 4000;

const EXAMPLES = `
Examples:
  $ reward-outbox events why 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f`;

export function registerWhy(events: Command, context: CommandContext): void {
	events
		.command("why")
		.summary("explain what happened to an event")
		.description("Explains an event: what happened, what is known, what is uncertain, what happens next.")
		.argument("<id>", "the event's id", uuid)
		.option("--json", "print one JSON document: the facts and the explanation")
		.addHelpText("after", EXAMPLES)
		.action((id: string, flags: { json?: true }) => runWhy(id, flags, context));
}

async function runWhy(id: string, flags: { json?: true }, context: CommandContext): Promise<void> {
	const [{ readFacts }, { explain }, { requireConfig }] = await Promise.all([
		import("../../store/inspect/event-facts.ts"),
		import("../../words/why.ts"),
		import("../../config.ts"),
	]);
	// The relays' limit is in their environment; this one's is the best guess.
	const { maxAttempts } = requireConfig(context.env, ["delivery"]);
	const facts = await withCurrentSchema(context, "events why", (db) => readFacts(db, id, maxAttempts));
	if (facts === null) throw noSuchEvent(id);
	const lines = explain(facts);
	if (flags.json) printJson(context, { ...facts, explanation: lines });
	else for (const line of lines) printProse(context, escapeForTerminal(line, LINE_CAP));
}
