import type { Command } from "commander";
import type { Report } from "../../store/receipts/report.ts";
import { accountInWords, amountInWords, UNSIGNED } from "../../words/receipt-account.ts";
import { type Moment, moment } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { identifier } from "../event-filter.ts";
import { formatDuration, printJson, printNote } from "../output.ts";
import { Progress } from "../progress.ts";
import { type Cell, printTable } from "../table.ts";

interface ReportFlags {
	readonly since: Moment;
	readonly until?: Moment;
	readonly trigger?: string;
	readonly json?: true;
}

const EXAMPLES = `
Every event is counted on the day (UTC) it was written, in one class: accepted, decided (by a person or by receipts),
ambiguous, pending, dead or cancelled. Of the accepted ones Reward confirmed some by a receipt, some may still be
confirmed (awaited), and some are missing. Surplus receipts are those that no request explains, on the day they came.

Examples:
  $ reward-outbox receipts report --since 7d
  $ reward-outbox receipts report --since 2026-03-01 --until 2026-04-01 --trigger successful_payment
  $ reward-outbox receipts report --since 1d --json`;

export function registerReceiptReport(receipts: Command, context: CommandContext): void {
	receipts
		.command("report")
		.summary("what was owed, what Reward acknowledged, what differs")
		.description("Compares, per trigger and day, what was committed with what Reward accepted and confirmed.")
		.requiredOption(
			"--since <time>",
			"written at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 7d (ago)",
			moment,
		)
		.option("--until <time>", "written before this time; default: now", moment)
		.option("--trigger <id>", "only this trigger", identifier)
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((flags: ReportFlags) => runReport(flags, context));
}

async function runReport({ json, ...flags }: ReportFlags, context: CommandContext): Promise<void> {
	const { readReport } = await import("../../store/receipts/report.ts");
	const progress = new Progress(context);
	const onProgress = (read: number) => progress.advance(read, null, "events and receipts read");
	const report = await withCurrentSchema(
		context,
		"receipts report",
		(db) => readReport(db, { ...flags, onProgress }),
		0,
	);
	progress.end();
	if (json) printJson(context, { ...report, evidence: "unsigned_receipts", caveat: UNSIGNED });
	else printReport(context, report);
}

function printReport(context: CommandContext, report: Report): void {
	const { lines, total } = report;
	if (lines.length === 0) {
		printNote(context, "nothing was written or received in that time");
		return;
	}
	const amount = (header: string, rank?: number) => ({
		header,
		align: "right" as const,
		...(rank === undefined ? {} : { rank }),
	});
	printTable(
		context,
		[
			{ header: "TRIGGER", shrinksTo: 16 },
			{ header: "DAY" },
			amount("COMMITTED"),
			amount("ACCEPTED"),
			amount("CONFIRMED"),
			amount("AMBIGUOUS"),
			amount("MISSING"),
			amount("SURPLUS"),
			amount("AWAITED", 3),
			amount("DECIDED", 4),
			amount("PENDING", 5),
			amount("DEAD", 5),
			amount("CANCELLED", 6),
			amount("MEDIAN", 7),
			amount("P99", 7),
		],
		[...lines.map((line) => cells(line.trigger_id, line.day, line)), cells("all", "", total)],
	);
	for (const line of differences(report)) printNote(context, line);
}

function cells(trigger: string, day: string, line: Report["total"]): Cell[] {
	const delay = (ms: number | null) => (ms === null ? null : formatDuration(ms));
	return [
		trigger,
		day,
		amountInWords(line.committed),
		amountInWords(line.accepted),
		amountInWords(line.confirmed),
		amountInWords(line.ambiguous),
		amountInWords(line.missing),
		amountInWords(line.surplus),
		amountInWords(line.awaited),
		amountInWords(line.decided),
		amountInWords(line.pending),
		amountInWords(line.dead),
		amountInWords(line.cancelled),
		delay(line.median_delay_ms),
		delay(line.p99_delay_ms),
	];
}

/** Why what was owed and what was acknowledged differ, each cause by its name. */
function differences({ total }: Report): string[] {
	const { balance, causes, excess } = accountInWords(total);
	return [`${balance}: ${causes.length === 0 ? "nothing differs" : causes.join("; ")}`, ...excess, UNSIGNED];
}
