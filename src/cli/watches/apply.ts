import type { Command } from "commander";
import picocolors from "picocolors";
import type { Plan, Step } from "../../store/watches/plan.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { escapeForTerminal, printJson, printLine } from "../output.ts";

interface ApplyFlags {
	readonly dryRun?: true;
	readonly prune?: true;
	readonly json?: true;
}

const APPLY_EXAMPLES = `
The file says which rules there are to be; all of it takes effect, or none. Rules that are not in it stay, unless --prune is given.
A dry run tries everything in a transaction and takes it back: it waits for writers of the tables like the real one.

Examples:
  $ reward-outbox watches export > watches.yaml
  $ reward-outbox watches apply watches.yaml --dry-run
  $ reward-outbox watches apply watches.yaml --prune`;

const EXPORT_EXAMPLES = `
Examples:
  $ reward-outbox watches export > watches.yaml`;

export function registerApply(watches: Command, context: CommandContext): void {
	watches
		.command("apply")
		.summary("make the rules those of a file")
		.description("Makes the rules those of a YAML or JSON file.")
		.argument("<file>", "the file; - for standard input")
		.option("--dry-run", "only show what it would do")
		.option("--prune", "remove rules that are not in the file")
		.option("--json", "print one JSON document")
		.addHelpText("after", APPLY_EXAMPLES)
		.action((file: string, flags: ApplyFlags) => runApply(file, flags, context));
}

export function registerExport(watches: Command, context: CommandContext): void {
	watches
		.command("export")
		.summary("print the rules as a file for apply")
		.description("Prints the rules as YAML, which apply accepts as it is.")
		.option("--json", "print JSON, which apply accepts too")
		.addHelpText("after", EXPORT_EXAMPLES)
		.action((flags: { json?: true }) => runExport(flags, context));
}

async function runApply(file: string, flags: ApplyFlags, context: CommandContext): Promise<void> {
	const [{ readRules }, { applyRules }] = await Promise.all([
		import("./rules-file.ts"),
		import("../../store/watches/apply.ts"),
	]);
	const rules = await readRules(file, context.stdin);
	const request = { rules, prune: flags.prune ?? false, dryRun: flags.dryRun ?? false };
	const plan = await withCurrentSchema(context, "watches apply", (db) => applyRules(db, request));
	if (flags.json) printJson(context, { applied: !request.dryRun, ...plan });
	else printPlan(plan, request.dryRun, context);
}

function printPlan(plan: Plan, dryRun: boolean, context: CommandContext): void {
	for (const step of plan.steps) for (const line of linesOf(step, context)) printLine(context, line);
	if (plan.unmanaged.length > 0) {
		context.stderr.write(
			`not in the file, left as they are: ${escapeForTerminal(plan.unmanaged.join(", "))} (--prune removes them)\n`,
		);
	}
	const count = (action: Step["action"]) => plan.steps.filter((step) => step.action === action).length;
	const [created, changed, removed] = [count("create"), count("change"), count("remove")];
	if (plan.steps.length === 0) printLine(context, "nothing to do: the rules are as the file says");
	else if (dryRun)
		printLine(context, `would make ${created}, change ${changed}, remove ${removed}; nothing was changed`);
	else printLine(context, `made ${created}, changed ${changed}, removed ${removed}`);
}

function linesOf(step: Step, context: CommandContext): string[] {
	const { green, yellow, red } = picocolors.createColors(context.colour);
	const name = escapeForTerminal(step.rule.name);
	const table = escapeForTerminal(step.rule.table);
	switch (step.action) {
		case "create":
			return [green(`+ ${name} on ${table}`)];
		case "remove":
			return [red(`- ${name} on ${table}`)];
		case "change":
			return [
				yellow(`~ ${name} on ${table}${step.changes.length === 0 ? ": broken, made anew" : ""}`),
				...step.changes.map(({ setting, from, to }) => `    ${setting}: ${shown(from)} → ${shown(to)}`),
			];
		default:
			return step satisfies never;
	}
}

function shown(value: string | readonly string[] | null): string {
	return value === null ? "(none)" : escapeForTerminal(typeof value === "string" ? value : value.join(","), 500);
}

async function runExport(flags: { json?: true }, context: CommandContext): Promise<void> {
	const [{ listWatches }, { formatRules, parseRules }] = await Promise.all([
		import("../../store/watches/list.ts"),
		import("./rules-file.ts"),
	]);
	const text = formatRules(await withCurrentSchema(context, "watches export", listWatches));
	if (!flags.json) return void context.stdout.write(text);
	const rules = parseRules(text).map(({ name, ...settings }) => [name, settings] as const);
	printJson(context, { watches: Object.fromEntries(rules) });
}
