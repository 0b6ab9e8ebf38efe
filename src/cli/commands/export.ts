import { once } from "node:events";
import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { identifier } from "../event-filter.ts";

const EXAMPLES = `
A JSON line for each record, {"kind": "event", "record": {…}}: events with their attempts and decisions, receipts, what was sent
and no longer exists, and rows that watches could not capture. It is written as it is read, however much there is.

Examples:
  $ reward-outbox export --user user123 > user123.jsonl`;

export function registerExport(program: Command, context: CommandContext): void {
	program
		.command("export")
		.summary("print what is stored about a person")
		.description("Prints everything that is stored about a person, as JSON lines.")
		.requiredOption("--user <id>", "the user", identifier)
		.option("--json", "JSON lines, as in any case")
		.addHelpText("after", EXAMPLES)
		.action((flags: { user: string }) => runExport(flags.user, context));
}

async function runExport(user: string, context: CommandContext): Promise<void> {
	const [{ exportUser }, { terminalSafeJsonText }] = await Promise.all([
		import("../../store/export-user.ts"),
		import("../../escape.ts"),
	]);
	await withCurrentSchema(context, "export", async (db) => {
		for await (const record of exportUser(db, user)) {
			// No faster than it is read.
			if (!context.stdout.write(`${terminalSafeJsonText(record)}\n`)) await once(context.stdout, "drain");
		}
	});
}
