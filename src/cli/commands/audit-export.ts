import { once } from "node:events";
import { type Command, Option } from "commander";
import type { AuditRecord } from "../../audit/records.ts";
import { type Moment, moment } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";

interface ExportFlags {
	readonly since?: Moment;
	readonly format: "ndjson" | "csv";
}

const EXAMPLES = `
ndjson is the whole record in the format of docs/audit.md: audit verify --file checks it, and so can anybody else. csv has a line
for each attempt and decision, for spreadsheets. Parquet: DuckDB makes it from the ndjson, docs/audit.md has the line. It is
written as it is read, however much there is.

Examples:
  $ reward-outbox audit export > record.ndjson
  $ reward-outbox audit export --since 7d --format csv > record.csv`;

export function registerAuditExport(audit: Command, context: CommandContext): void {
	audit
		.command("export")
		.summary("print the record, with its hashes")
		.description("Prints attempts, their events, and decisions, with the hashes by which anybody can check them.")
		.option("--since <time>", "recorded at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 7d (ago)", moment)
		.addOption(new Option("--format <name>", "how it is written").choices(["ndjson", "csv"]).default("ndjson"))
		.option("--json", "JSON lines, as with --format ndjson")
		.addHelpText("after", EXAMPLES)
		.action((flags: ExportFlags) => runExport(flags, context));
}

async function runExport({ since, format }: ExportFlags, context: CommandContext): Promise<void> {
	const [{ readRecord }, { terminalSafeJsonText }, { csvHeader, csvOf }] = await Promise.all([
		import("../../store/audit/read-record.ts"),
		import("../../escape.ts"),
		import("../../audit/csv.ts"),
	]);
	const textOf =
		format === "csv"
			? (line: string) => csvOf(JSON.parse(line) as AuditRecord)
			: (line: string) => `${terminalSafeJsonText(line)}\n`;
	await withCurrentSchema(
		context,
		"audit export",
		async (db) => {
			if (format === "csv") context.stdout.write(csvHeader());
			for await (const line of readRecord(db, since)) {
				// No faster than it is read.
				if (!context.stdout.write(textOf(line))) await once(context.stdout, "drain");
			}
		},
		0,
	);
}
