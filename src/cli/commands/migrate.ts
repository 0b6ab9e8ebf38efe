import { type Command, Option } from "commander";
import type { Address } from "../../connection/address.ts";
import type { MigrationStep } from "../../store/migrate.ts";
import type { CommandContext } from "../context.ts";
import { printJson, printJsonLines, printLine } from "../output.ts";
import { Progress } from "../progress.ts";
import { printTable } from "../table.ts";

interface MigrateFlags {
	readonly status?: true;
	readonly sql?: true;
	readonly singleRole?: true;
	readonly json?: true;
}

const EXAMPLES = `
All of it is one transaction: a migration that fails leaves nothing behind. Running it twice, or by several processes at
once, is safe. Where roles cannot be created: docs/managed.md.

Examples:
  $ reward-outbox migrate
  $ reward-outbox migrate --status
  $ reward-outbox migrate --sql > for-the-dba.sql
  $ reward-outbox migrate --single-role        one database user for everything`;

export function registerMigrate(program: Command, context: CommandContext): void {
	program
		.command("migrate")
		.summary("bring the schema up to date")
		.description("Creates the schema reward_outbox in the database of DATABASE_URL, or brings it up to date.")
		.addOption(new Option("--status", "only show what is applied").conflicts("sql"))
		.addOption(new Option("--sql", "only print what would be run").conflicts("json"))
		.option("--single-role", "for a new schema: create no roles; this user owns and does everything")
		.option("--json", "JSON instead of text")
		.addHelpText("after", EXAMPLES)
		.action((flags: MigrateFlags) => runMigrate(flags, context));
}

async function runMigrate(flags: MigrateFlags, context: CommandContext): Promise<void> {
	const [{ requireConfig }, { migrationStatus }, { migrationScript }] = await Promise.all([
		import("../../config.ts"),
		import("../../store/migrate.ts"),
		import("../../store/migrate.ts"),
	]);
	const { databaseUrl } = requireConfig(context.env, ["database"]);
	try {
		if (flags.status) printStatus(await migrationStatus(databaseUrl), flags, context);
		else if (flags.sql) context.stdout.write((await migrationScript(databaseUrl, flags)) || "-- up to date\n");
		else printApplied(await migrateShown(databaseUrl, flags, context), flags, context);
	} catch (error) {
		throw await explained(error);
	}
}

/** An index on a large outbox takes its minutes. */
async function migrateShown(databaseUrl: Address, flags: MigrateFlags, context: CommandContext): Promise<string[]> {
	const { migrateToLatest, migrationStatus } = await import("../../store/migrate.ts");
	const progress = new Progress(context);
	const missing = context.stderrIsTerminal
		? (await migrationStatus(databaseUrl)).filter((step) => step.appliedAt === null).length
		: null;
	let begun = 0;
	try {
		const onStep = (name: string) => {
			begun += 1;
			progress.show(`${missing === null ? begun : `${begun} of ${missing}`}: ${name}`);
		};
		return await migrateToLatest(databaseUrl, { singleRole: flags.singleRole ?? false, onStep });
	} finally {
		progress.end();
	}
}

function printStatus(steps: readonly MigrationStep[], flags: MigrateFlags, context: CommandContext): void {
	const rows = steps.map((step) => ({ name: step.name, applied_at: step.appliedAt?.toISOString() ?? null }));
	if (flags.json) printJsonLines(context, rows);
	else {
		const columns = [{ header: "MIGRATION" }, { header: "APPLIED" }];
		printTable(
			context,
			columns,
			rows.map((row) => [row.name, row.applied_at]),
		);
	}
}

function printApplied(applied: readonly string[], flags: MigrateFlags, context: CommandContext): void {
	if (flags.json) {
		printJson(context, { applied });
		return;
	}
	for (const name of applied) printLine(context, `applied ${name}`);
	if (applied.length === 0) printLine(context, "up to date");
}

const NEEDED =
	"migrating takes CREATE on the database (GRANT CREATE ON DATABASE …) and, for the first time, CREATEROLE; later ones take the schema's owner. Where a DBA made the schema: ALTER SCHEMA reward_outbox OWNER TO this user";

/** The usual hint about privileges is for those who use the schema; whoever makes it needs others. */
async function explained(error: unknown): Promise<unknown> {
	const [{ isForbidden }, { OutboxError }] = await Promise.all([
		import("../../store/database-error.ts"),
		import("../../errors.ts"),
	]);
	if (!(error instanceof Error) || !isForbidden(error)) return error;
	const { hint } = error as { hint?: unknown };
	return new OutboxError("not_allowed", error.message, {
		hint: typeof hint === "string" ? hint : NEEDED,
		cause: error,
	});
}
