import { once } from "node:events";
import { type Command, Option } from "commander";
import { OutboxError } from "../../errors.ts";
import { type Moment, moment } from "../arguments.ts";
import type { AuditFormatName } from "../audit-formats.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";

interface ExportFlags {
	readonly since?: Moment;
	readonly format: AuditFormatName;
	readonly json?: true;
}

const EXAMPLES = `
ndjson is the whole record in the format of docs/audit.md: audit verify --file checks it, and so can anybody else. csv and
parquet have a row for each attempt and decision, for spreadsheets and whatever reads tables. It is written as it is read,
however much there is.

Examples:
  $ reward-outbox audit export > record.ndjson
  $ reward-outbox audit export --since 7d --format csv > record.csv
  $ reward-outbox audit export --format parquet > record.parquet`;

export function registerAuditExport(audit: Command, context: CommandContext): void {
	audit
		.command("export")
		.summary("print the record, with its hashes")
		.description("Prints attempts, their events, and decisions, with the hashes by which anybody can check them.")
		.option("--since <time>", "recorded at this time or later: 2026-03-01, 2026-03-01T10:00Z, or 7d (ago)", moment)
		.addOption(
			new Option("--format <name>", "how it is written").choices(["ndjson", "csv", "parquet"]).default("ndjson"),
		)
		.option("--json", "JSON lines, as with --format ndjson")
		.addHelpText("after", EXAMPLES)
		.action((flags: ExportFlags) => runExport(flags, context));
}

async function runExport({ since, format, json }: ExportFlags, context: CommandContext): Promise<void> {
	const [{ readRecord }, { auditFormat }] = await Promise.all([
		import("../../store/audit/read-record.ts"),
		import("../audit-formats.ts"),
	]);
	const name = json ? "ndjson" : format;
	if (name === "parquet" && context.stdoutIsTerminal) refuseOnTerminal();
	const { begin, line: written, end } = await auditFormat(name);
	const write = async (part: string | Uint8Array) => {
		// No faster than it is read.
		if (part.length > 0 && !context.stdout.write(part)) await once(context.stdout, "drain");
	};
	await withCurrentSchema(
		context,
		"audit export",
		async (db) => {
			await write(begin());
			for await (const line of readRecord(db, since)) await write(written(line));
			await write(end());
		},
		0,
	);
}

function refuseOnTerminal(): never {
	throw new OutboxError("binary_output", "parquet is nothing for a terminal", {
		hint: "send it into a file: reward-outbox audit export --format parquet > record.parquet",
	});
}
