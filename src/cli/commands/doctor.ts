import { type Command, Option } from "commander";
import type { Environment } from "../../config/environment.ts";
import type { Check } from "../../doctor/check.ts";
import { counted } from "../../words/counts.ts";
import type { CommandContext } from "../context.ts";
import { escapeForTerminal, printJson, printJsonLines, printLine, printProse } from "../output.ts";

interface DoctorFlags {
	readonly script?: true;
	readonly json?: true;
}

const TEXT_CAP = 600;
const DATABASES_AT_ONCE = 4;

const EXAMPLES = `
It changes nothing and sends nothing to Reward; where REWARD_OUTBOX_WEBHOOK_PUBLIC_URL is set, it sends itself a webhook.
Run it with the environment and as the user of the relay. It ends with 1 when a check fails; warnings do not count.
With REWARD_OUTBOX_DATABASES_FILE it checks every database of the file, and --json prints a line for each.

After a restore, a copy or a move, --script prints one SQL script that puts back what the database lacks: roles, privileges,
functions, triggers, rules. It changes nothing by itself.

Examples:
  $ reward-outbox doctor
  $ reward-outbox doctor --json
  $ reward-outbox doctor --script > mend.sql && psql "$DATABASE_URL" -f mend.sql`;

export function registerDoctor(program: Command, context: CommandContext): void {
	program
		.command("doctor")
		.summary("check configuration, database, LISTEN, clock; say what to do")
		.description("Checks everything a relay needs and says what to do about what is wrong.")
		.addOption(new Option("--script", "only print SQL that puts back what a restore left out").conflicts("json"))
		.option("--json", "one JSON document instead of text")
		.addHelpText("after", EXAMPLES)
		.action((flags: DoctorFlags) => runDoctor(flags, context));
}

async function runDoctor(flags: DoctorFlags, context: CommandContext): Promise<void> {
	if (flags.script) return printScript(context);
	const { namesManyDatabases } = await import("../../config.ts");
	if (namesManyDatabases(context.env)) return examineMany(flags, context);
	const checks = await checksOf(context.env);
	const isHealthy = checks.every((check) => check.verdict !== "fail");
	if (flags.json) printJson(context, { ok: isHealthy, checks });
	else await printChecks(checks, context);
	if (!isHealthy) context.failQuietly();
}

async function checksOf(env: Environment): Promise<Check[]> {
	const [{ examine }, { redactSecrets }] = await Promise.all([
		import("../../doctor/examine.ts"),
		import("../../redact.ts"),
	]);
	// The drivers' own words are among the messages.
	return (await examine(env, Date.now)).map((check) => ({
		...check,
		message: redactSecrets(check.message),
		fix: check.fix === null ? null : redactSecrets(check.fix),
	}));
}

/**
 * Every database of the file, one after the other in what is printed. @throws ConfigurationError when the file is not
 * usable
 */
async function examineMany(flags: DoctorFlags, context: CommandContext): Promise<void> {
	const [{ databasesOf, fleetConfig, withEntry }, { eachAtOnce }] = await Promise.all([
		import("../many-databases.ts"),
		import("../../at-once.ts"),
	]);
	const entries = await databasesOf(context.env, await fleetConfig(context.env));
	const examined = await eachAtOnce(entries, DATABASES_AT_ONCE, async (entry) => {
		const checks = await checksOf(withEntry(context.env, entry));
		return { database: entry.name, ok: checks.every((check) => check.verdict !== "fail"), checks };
	});
	if (flags.json) printJsonLines(context, examined);
	else {
		for (const { database, checks } of examined) {
			printLine(context, `${database}:`);
			await printChecks(checks, context);
			printLine(context, "");
		}
	}
	const failing = examined.filter(({ ok }) => !ok).map(({ database }) => database);
	if (!flags.json) printLine(context, summary(examined.length, failing));
	if (failing.length > 0) context.failQuietly();
}

function summary(total: number, failing: readonly string[]): string {
	const failures = failing.length === 0 ? "nothing failed" : `failures in: ${failing.join(", ")}`;
	return `${counted(total, "database")}, ${failures}`;
}

async function printScript(context: CommandContext): Promise<void> {
	const [{ withDatabase }, { readMissingParts }, { mendingScript }, { OutboxError }] = await Promise.all([
		import("../one-database.ts"),
		import("../../store/missing-parts.ts"),
		import("../../store/mending-script.ts"),
		import("../../errors.ts"),
	]);
	const { text, parts } = await withDatabase(context, "doctor", async (db) => {
		const found = await readMissingParts(db);
		return { text: await mendingScript(db, found), parts: found };
	});
	if (text !== null) return void context.stdout.write(text);
	if (parts.schema === "there" && parts.relations.length === 0) {
		return void context.stdout.write("-- nothing is missing\n");
	}
	throw new OutboxError("cannot_mend", `the schema holds events, and is not whole: ${lacks(parts.relations)}`, {
		hint: "no script can tell what the rest was: restore the dump again, all of it, into an empty database",
	});
}

function lacks(relations: readonly string[]): string {
	if (relations.length === 0) return "nothing says what its tables were made from";
	return `it lacks ${relations.slice(0, 10).join(", ")}`;
}

async function printChecks(checks: readonly Check[], context: CommandContext): Promise<void> {
	const { default: picocolors } = await import("picocolors");
	const colours = picocolors.createColors(context.colour);
	const paint = { ok: colours.green, warn: colours.yellow, fail: colours.red };
	const width = Math.max(...checks.map((check) => check.name.length));
	for (const { name, verdict, message, fix } of checks) {
		printProse(context, escapeForTerminal(message, TEXT_CAP), {
			first: `${paint[verdict](verdict.padEnd(4))}  ${name.padEnd(width)}  `,
			indent: width + 8,
		});
		if (fix !== null)
			printProse(context, escapeForTerminal(fix, TEXT_CAP), {
				first: `${" ".repeat(width + 8)}→ `,
				indent: width + 10,
			});
	}
	const count = (verdict: Check["verdict"]) => checks.filter((check) => check.verdict === verdict).length;
	printLine(context, `${count("ok")} ok, ${count("warn")} warnings, ${count("fail")} failures`);
}
