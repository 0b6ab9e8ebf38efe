import { Command } from "commander";
import { packageVersion } from "../version.ts";
import { registerAdopt } from "./commands/adopt.ts";
import { registerAlerts } from "./commands/alerts.ts";
import { registerAudit } from "./commands/audit.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerConsole } from "./commands/console.ts";
import { registerDemo } from "./commands/demo.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerEmit } from "./commands/emit.ts";
import { registerErase } from "./commands/erase.ts";
import { registerEvents } from "./commands/events.ts";
import { registerExport } from "./commands/export.ts";
import { registerMigrate } from "./commands/migrate.ts";
import { registerOperations } from "./commands/operations.ts";
import { registerPrune } from "./commands/prune.ts";
import { registerReceipts } from "./commands/receipts.ts";
import { registerRelay } from "./commands/relay.ts";
import { registerRetention } from "./commands/retention.ts";
import { registerSandbox } from "./commands/sandbox.ts";
import { registerStatus } from "./commands/status.ts";
import { registerTriggers } from "./commands/triggers.ts";
import { registerWatches } from "./commands/watches.ts";
import { registerWebhook } from "./commands/webhook.ts";
import { type CommandContext, type ProcessSurface, wantsColour } from "./context.ts";
import { describeFailure, type Failure } from "./failure.ts";
import { printNote } from "./output.ts";

type Mutable<T, K extends keyof T> = Omit<T, K> & { -readonly [Name in K]: T[Name] };

/** Every command, in the order of the help text. */
const COMMANDS: readonly ((program: Command, context: CommandContext) => void)[] = [
	registerDemo,
	registerMigrate,
	registerRelay,
	registerConsole,
	registerWebhook,
	registerEmit,
	registerStatus,
	registerEvents,
	registerTriggers,
	registerWatches,
	registerReceipts,
	registerAudit,
	registerOperations,
	registerDoctor,
	registerAlerts,
	registerPrune,
	registerRetention,
	registerExport,
	registerErase,
	registerAdopt,
	registerSandbox,
	registerCompletion,
];

const EXAMPLES = `
Examples:
  $ reward-outbox migrate                      bring the schema up to date
  $ reward-outbox relay                        deliver what applications write
  $ reward-outbox sandbox --port 8788          a stand-in for the Reward API
  $ reward-outbox status                       is it healthy, and what needs me
  $ reward-outbox events list --user user123   a customer got no points: which events, where they stand
  $ reward-outbox events why <id>              what happened to one event, and what to type
  $ reward-outbox doctor                       what is wrong with this set-up

Every command explains itself with --help.`;

/**
 * Runs one command line.
 *
 * @returns The exit code: 0 done, 1 failed, 2 wrong usage. Never rejects.
 */
export async function main(surface: ProcessSurface): Promise<number> {
	let exitCode = 0;
	const context: Mutable<CommandContext, "env"> = {
		...surface,
		colour: wantsColour(surface.env, surface.stdoutIsTerminal),
		failQuietly: () => {
			exitCode = 1;
		},
	};
	try {
		await createProgram(context).parseAsync(context.argv, { from: "user" });
		return exitCode;
	} catch (error) {
		const failure = describeFailure(error, context);
		printFailure(failure, context);
		return failure.exitCode;
	}
}

/** The program with all its commands; nothing runs until it parses. */
export function createProgram(context: Mutable<CommandContext, "env">): Command {
	const program = new Command("reward-outbox");
	program
		.description("A transactional outbox for Reward: an event is sent if and only if its transaction commits.")
		.version(packageVersion(), "-V, --version", "print the version")
		.helpOption("-h, --help", "explain the command")
		.showSuggestionAfterError()
		// Throw instead of ending the process: the exit code is decided in one place.
		.exitOverride()
		.configureOutput({
			writeOut: (text) => void context.stdout.write(text),
			writeErr: (text) => void context.stderr.write(text),
			// Errors are printed by printFailure, all in the same way.
			outputError: () => {},
			getOutHelpWidth: () => context.columns,
			getErrHelpWidth: () => context.columns,
			getOutHasColors: () => context.colour,
			getErrHasColors: () => wantsColour(context.env, context.stderrIsTerminal),
		})
		.addHelpText("after", EXAMPLES);
	for (const register of COMMANDS) register(program, context);
	addDatabaseOption(program, context);
	return program;
}

/** What has no database, or brings its own. */
const WITHOUT_DATABASE = ["demo", "sandbox", "completion"];

/** Where many databases are named, each command works with one of them as if it were the only one. */
function addDatabaseOption(program: Command, context: Mutable<CommandContext, "env">): void {
	for (const command of program.commands) {
		if (!WITHOUT_DATABASE.includes(command.name())) addToLeaves(command);
	}
	program.hook("preAction", async (_program, command) => {
		const { database } = command.opts<{ database?: string }>();
		if (database === undefined) return;
		const { environmentOfOne } = await import("./many-databases.ts");
		context.env = await environmentOfOne(context.env, database);
	});
}

function addToLeaves(command: Command): void {
	if (command.commands.length > 0) command.commands.forEach(addToLeaves);
	else command.option("--database <name>", "one of many: of those in REWARD_OUTBOX_DATABASES_FILE");
}

function printFailure(failure: Failure, context: CommandContext): void {
	for (const line of failure.errors) printNote(context, `error: ${line}`);
	if (failure.hint !== null) printNote(context, `hint: ${failure.hint}`);
	if (failure.stack !== null) context.stderr.write(`${failure.stack}\n`);
}
