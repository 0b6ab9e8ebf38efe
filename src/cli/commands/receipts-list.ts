import type { Command } from "commander";
import type { Quarantined, Receipt } from "../../store/receipts/list.ts";
import { type Moment, moment, wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { identifier } from "../event-filter.ts";
import { printJsonLines } from "../output.ts";
import { printTable } from "../table.ts";

interface ListFlags {
	readonly user?: string;
	readonly trigger?: string;
	readonly since?: Moment;
	readonly until?: Moment;
	readonly before?: string;
	readonly limit: number;
	readonly json?: true;
}

const LIST_EXAMPLES = `
Credits and tests are listed too; they confirm no event. For the page that follows, give --before the last number.

Examples:
  $ reward-outbox receipts list --user user123
  $ reward-outbox receipts list --since 1h --json`;

const QUARANTINE_EXAMPLES = `
They were acknowledged, and count for nothing. The last 1,000 are kept.

Examples:
  $ reward-outbox receipts quarantine
  $ reward-outbox receipts quarantine --json`;

export function registerReceiptList(receipts: Command, context: CommandContext): void {
	receipts
		.command("list")
		.summary("list receipts, newest first")
		.description("Lists what Reward says it recorded, newest first.")
		.option("--user <id>", "only of this user", identifier)
		.option("--trigger <id>", "only of this trigger", identifier)
		.option("--since <time>", "received at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 2h (ago)", moment)
		.option("--until <time>", "received before this time", moment)
		.option("--before <n>", "only those with a lower number", (text) => String(wholeNumber(1, 10 ** 14)(text)))
		.option("--limit <n>", "receipts of a page", wholeNumber(1, 1000), 50)
		.option("--json", "print JSON lines")
		.addHelpText("after", LIST_EXAMPLES)
		.action((flags: ListFlags) => runList(flags, context));
}

async function runList({ json, ...flags }: ListFlags, context: CommandContext): Promise<void> {
	const { listReceipts } = await import("../../store/receipts/list.ts");
	const receipts = await withCurrentSchema(context, "receipts list", (db) => listReceipts(db, flags));
	if (json) printJsonLines(context, receipts);
	else if (receipts.length === 0) context.stderr.write("no receipts match\n");
	else printReceipts(context, receipts);
}

function printReceipts(context: CommandContext, receipts: readonly Receipt[]): void {
	printTable(
		context,
		[
			{ header: "NUMBER", align: "right" },
			{ header: "RECEIVED" },
			{ header: "KIND" },
			{ header: "TRIGGER", cap: 40 },
			{ header: "USER", cap: 40 },
			{ header: "VALUE", align: "right" },
			{ header: "WEBHOOK", cap: 40 },
		],
		receipts.map((receipt) => [
			receipt.receipt_no,
			receipt.received_at.toISOString(),
			receipt.kind,
			receipt.trigger_id,
			receipt.user_id,
			receipt.value,
			receipt.webhook_id,
		]),
	);
}

export function registerReceiptQuarantine(receipts: Command, context: CommandContext): void {
	receipts
		.command("quarantine")
		.summary("list webhooks of unknown shape, newest first")
		.description("Lists what came by the webhooks' path and is no webhook that is known, and what is wrong with it.")
		.option("--limit <n>", "how many", wholeNumber(1, 1000), 50)
		.option("--json", "print JSON lines")
		.addHelpText("after", QUARANTINE_EXAMPLES)
		.action((flags: { limit: number; json?: true }) => runQuarantine(flags, context));
}

async function runQuarantine(flags: { limit: number; json?: true }, context: CommandContext): Promise<void> {
	const { listQuarantined } = await import("../../store/receipts/list.ts");
	const found = await withCurrentSchema(context, "receipts quarantine", (db) => listQuarantined(db, flags.limit));
	if (flags.json) printJsonLines(context, found);
	else if (found.length === 0) context.stderr.write("nothing is in quarantine\n");
	else printQuarantined(context, found);
}

function printQuarantined(context: CommandContext, found: readonly Quarantined[]): void {
	printTable(
		context,
		[
			{ header: "LAST" },
			{ header: "TIMES", align: "right" },
			{ header: "REASON", cap: 80 },
			{ header: "BODY", cap: 120 },
		],
		found.map(({ last_at, times, reason, body }) => [last_at.toISOString(), times, reason, body]),
	);
}
