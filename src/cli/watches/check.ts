import type { Command } from "commander";
import type { CheckedRule } from "../../store/watches/check.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { escapeForTerminal, printJsonLines, printLine } from "../output.ts";
import { noSuchWatch } from "./no-such-watch.ts";

const EXAMPLES = `
PostgreSQL reads and plans the rule's expressions, with the rights of the table's owner, and whatever they did is taken back.
list, doctor and the console only look at the catalog: they run nobody's code. It ends with 1 when a rule does not work.

Examples:
  $ reward-outbox watches check
  $ reward-outbox watches check order_paid`;

export function registerCheck(watches: Command, context: CommandContext): void {
	watches
		.command("check")
		.summary("try whether rules work as they stand")
		.description("Has PostgreSQL read and plan the expressions of a rule, or of all.")
		.argument("[name]", "only this rule")
		.option("--json", "print JSON lines")
		.addHelpText("after", EXAMPLES)
		.action((name: string | undefined, flags: { json?: true }) => runCheck(name, flags, context));
}

async function runCheck(name: string | undefined, flags: { json?: true }, context: CommandContext): Promise<void> {
	const [{ findWatch, watchNames }, { checkWatch }] = await Promise.all([
		import("../../store/watches/list.ts"),
		import("../../store/watches/check.ts"),
	]);
	const checked = await withCurrentSchema(context, "watches check", async (db) => {
		if (name !== undefined && (await findWatch(db, name)) === undefined) throw await noSuchWatch(db, name);
		const rules: CheckedRule[] = [];
		for (const rule of name === undefined ? await watchNames(db) : [name]) rules.push(await checkWatch(db, rule));
		return rules;
	});
	if (flags.json) printJsonLines(context, checked);
	else if (checked.length === 0) context.stderr.write("there are no rules; see reward-outbox watches add --help\n");
	else for (const rule of checked) printLine(context, escapeForTerminal(`${rule.name}: ${rule.problem ?? "ok"}`, 1000));
	if (checked.some(({ problem }) => problem !== null)) context.failQuietly();
}
