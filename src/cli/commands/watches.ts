import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { Watch } from "../../store/watches/list.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { escapeForTerminal, printJson, printJsonLines, printLine } from "../output.ts";
import { type Cell, printTable } from "../table.ts";
import { registerApply, registerExport } from "../watches/apply.ts";
import { registerBackfill } from "../watches/backfill.ts";
import { registerCheck } from "../watches/check.ts";
import { registerErrors } from "../watches/errors.ts";
import { noSuchWatch } from "../watches/no-such-watch.ts";
import { registerPreview } from "../watches/preview.ts";
import { type RuleFlags, ruleOf, ruleOptions } from "../watches/rule-flags.ts";

const LIST_EXAMPLES = `
What the catalog says of a rule: one that no longer fits, because a column was renamed for instance, is broken. Nothing is evaluated.

Examples:
  $ reward-outbox watches list`;

const ADD_EXAMPLES = `
Needs the table's owner (with the role reward_outbox_watcher) or a superuser. Whoever writes the table needs nothing.

Examples:
  $ reward-outbox watches add order_paid --table public.orders --operations insert,update \\
      --condition "NEW.status = 'paid' AND (TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM 'paid')" \\
      --trigger-id successful_payment --user-id "NEW.customer_id::text" \\
      --payload "jsonb_build_object('value', NEW.total)" --idempotency-key "'order-' || NEW.id || '-paid'"`;

const REMOVE_EXAMPLES = `
Events that were captured stay. What the rule could not capture stays in reward_outbox.watch_errors.

Examples:
  $ reward-outbox watches remove order_paid`;

interface AddFlags extends RuleFlags {
	readonly replace?: true;
	readonly json?: true;
}

export function registerWatches(program: Command, context: CommandContext): void {
	const watches = program
		.command("watches")
		.summary("turn changes of a table into events")
		.description("Rules that turn row changes of a table into events, in the writer's own transaction.");
	registerList(watches, context);
	registerAdd(watches, context);
	registerRemove(watches, context);
	registerPreview(watches, context);
	registerCheck(watches, context);
	registerBackfill(watches, context);
	registerErrors(watches, context);
	registerApply(watches, context);
	registerExport(watches, context);
}

function registerList(watches: Command, context: CommandContext): void {
	watches
		.command("list")
		.summary("list the rules and whether they work")
		.description("Lists the rules, and whether each works as it stands.")
		.option("--json", "print JSON lines")
		.addHelpText("after", LIST_EXAMPLES)
		.action((flags: { json?: true }) => runList(flags, context));
}

async function runList(flags: { json?: true }, context: CommandContext): Promise<void> {
	const { listWatches } = await import("../../store/watches/list.ts");
	const watches = await withCurrentSchema(context, "watches list", listWatches);
	if (flags.json) return printJsonLines(context, watches);
	if (watches.length === 0) context.stderr.write("there are no rules; see reward-outbox watches add --help\n");
	else printWatches(context, watches);
}

function printWatches(context: CommandContext, watches: readonly Watch[]): void {
	printTable(
		context,
		[
			{ header: "NAME", shrinksTo: 16 },
			{ header: "TABLE", shrinksTo: 16 },
			{ header: "ON", rank: 2 },
			{ header: "TRIGGER", shrinksTo: 16, rank: 1 },
			{ header: "ON ERROR", rank: 3 },
			{ header: "UNRESOLVED", align: "right" },
			{ header: "STATE", cap: 200, isProse: true },
		],
		watches.map((watch): Cell[] => [
			watch.name,
			watch.table,
			watch.operations.join(","),
			watch.trigger_id ?? watch.trigger_id_expr,
			watch.on_error,
			watch.unresolved_errors,
			watch.problem === null ? "ok" : `broken: ${watch.problem}`,
		]),
	);
}

function registerAdd(watches: Command, context: CommandContext): void {
	ruleOptions(watches.command("add"))
		.summary("make a rule")
		.description("Makes a rule. It is checked first, and takes effect with the next statement that writes the table.")
		.argument("<name>", "what to call it: source of its events")
		.option("--replace", "replace the rule of that name, if there is one")
		.option("--json", "print JSON")
		.addHelpText("after", ADD_EXAMPLES)
		.action((name: string, flags: AddFlags) => runAdd(name, flags, context));
}

async function runAdd(name: string, flags: AddFlags, context: CommandContext): Promise<void> {
	const [{ findWatch }, { defineWatch, readWarnings }] = await Promise.all([
		import("../../store/watches/list.ts"),
		import("../../store/watches/define.ts"),
	]);
	const rule = ruleOf(name, flags);
	const made = await withCurrentSchema(context, "watches add", async (db) => {
		if (!flags.replace && (await findWatch(db, name)) !== undefined) {
			throw new UsageError(`there is a rule ${name} already`, { hint: "add --replace to replace it" });
		}
		await defineWatch(db, rule);
		for (const warning of await readWarnings(db, name))
			context.stderr.write(`warning: ${escapeForTerminal(warning)}\n`);
		return await findWatch(db, name);
	});
	if (flags.json) return printJson(context, made);
	printLine(context, `${escapeForTerminal(name)} watches ${escapeForTerminal(made?.table ?? rule.table)}`);
	context.stderr.write(
		"rows that are there already are not captured; see what it makes of them: reward-outbox watches preview\n",
	);
}

function registerRemove(watches: Command, context: CommandContext): void {
	watches
		.command("remove")
		.summary("remove a rule")
		.description("Removes a rule, its function and its triggers.")
		.argument("<name>", "the rule")
		.option("--json", "print JSON")
		.addHelpText("after", REMOVE_EXAMPLES)
		.action((name: string, flags: { json?: true }) => runRemove(name, flags, context));
}

async function runRemove(name: string, flags: { json?: true }, context: CommandContext): Promise<void> {
	const { removeWatch } = await import("../../store/watches/define.ts");
	const removed = await withCurrentSchema(context, "watches remove", async (db) => {
		if (await removeWatch(db, name)) return true;
		throw await noSuchWatch(db, name);
	});
	if (flags.json) printJson(context, { name, removed });
	else printLine(context, `${escapeForTerminal(name)} is removed`);
}
