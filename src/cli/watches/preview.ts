import type { Command } from "commander";
import { LOOKS_BACK, looksBack } from "../../backfill/looks-back.ts";
import type { PreviewedRow } from "../../store/watches/preview.ts";
import { counted } from "../../words/counts.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { printJsonLines } from "../output.ts";
import { Progress } from "../progress.ts";
import { type Cell, printTable } from "../table.ts";
import { noSuchWatch } from "./no-such-watch.ts";
import { type RuleFlags, ruleOf, ruleOptions } from "./rule-flags.ts";

interface PreviewFlags extends RuleFlags {
	readonly limit: number;
	readonly json?: true;
}

const EXAMPLES = `
Each of the table's last rows (by primary key) is looked at as if it had just been inserted. Nothing is emitted.

Examples:
  $ reward-outbox watches preview order_paid
  $ reward-outbox watches preview --table public.orders --condition "NEW.status = 'paid'" \\
      --trigger-id successful_payment --user-id "NEW.customer_id::text"`;

export function registerPreview(watches: Command, context: CommandContext): void {
	ruleOptions(watches.command("preview"))
		.summary("what a rule would make of existing rows")
		.description("Shows what a rule, existing or given by flags, would make of existing rows; emits nothing.")
		.argument("[name]", "an existing rule")
		.option("--limit <n>", "rows looked at", wholeNumber(1, 10_000), 100)
		.option("--json", "print JSON lines")
		.addHelpText("after", EXAMPLES)
		.action((name: string | undefined, flags: PreviewFlags) => runPreview(name, flags, context));
}

async function runPreview(name: string | undefined, flags: PreviewFlags, context: CommandContext): Promise<void> {
	const [{ previewWatch }, { findWatch }] = await Promise.all([
		import("../../store/watches/preview.ts"),
		import("../../store/watches/list.ts"),
	]);
	const given = name === undefined || flags.table !== undefined ? ruleOf(name ?? "preview", flags) : null;
	const progress = new Progress(context);
	progress.show(`looking at ${counted(flags.limit, "row")} at most …`);
	const { rule, rows } = await withCurrentSchema(context, "watches preview", async (db) => {
		if (given !== null) return { rule: given, rows: await previewWatch(db, given, flags.limit) };
		const found = await findWatch(db, name as string);
		if (found === undefined) throw await noSuchWatch(db, name as string);
		return { rule: found, rows: await previewWatch(db, found.name, flags.limit) };
	}).finally(() => progress.end());
	const shown = rows.filter((row) => row.applies || row.problem !== null);
	if (flags.json) printJsonLines(context, shown);
	else if (shown.length > 0) printRows(context, shown);
	if (looksBack(rule)) context.stderr.write(`warning: ${LOOKS_BACK}\n`);
	const failing = shown.filter((row) => row.problem !== null).length;
	context.stderr.write(
		`${counted(rows.length, "row")} looked at: ${shown.length - failing} would be events, ${failing} would fail; nothing was emitted\n`,
	);
	if (failing > 0) context.failQuietly();
}

function printRows(context: CommandContext, rows: readonly PreviewedRow[]): void {
	printTable(
		context,
		[
			{ header: "ROW", shrinksTo: 12 },
			{ header: "TRIGGER", shrinksTo: 12, rank: 1 },
			{ header: "USER", shrinksTo: 12 },
			{ header: "PAYLOAD", shrinksTo: 20 },
			{ header: "IDEMPOTENCY KEY", shrinksTo: 16 },
			{ header: "PROBLEM", cap: 200, isProse: true },
		],
		rows.map((row): Cell[] => [
			row.key === null ? null : JSON.stringify(row.key),
			row.trigger_id,
			row.user_id,
			row.payload === null ? null : JSON.stringify(row.payload),
			row.idempotency_key,
			row.problem ?? "",
		]),
	);
}
