import { setTimeout as sleep } from "node:timers/promises";
import { Argument, type Command } from "commander";
import { candidatesFor, type Names } from "../completion/candidates.ts";
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from "../completion/scripts.ts";
import type { CommandContext } from "../context.ts";
import { escapeForTerminal, printLine } from "../output.ts";

/** Nobody waits longer for a key. */
const NAMES_WITHIN_MS = 1000;

const EXAMPLES = `
Completes commands, options, their values and, where DATABASE_URL leads to a database, triggers and watches.

Examples:
  $ source <(reward-outbox completion bash)                                        for this shell
  $ reward-outbox completion bash > ~/.local/share/bash-completion/completions/reward-outbox
  $ reward-outbox completion zsh > "\${fpath[1]}/_reward-outbox"
  $ reward-outbox completion fish > ~/.config/fish/completions/reward-outbox.fish`;

export function registerCompletion(program: Command, context: CommandContext): void {
	program
		.command("completion")
		.summary("print a script that completes commands in a shell")
		.description("Prints a script that lets a shell complete this command line.")
		.addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
		.addHelpText("after", EXAMPLES)
		.action((shell: Shell) => void context.stdout.write(COMPLETION_SCRIPTS[shell]));
	program
		.command("complete", { hidden: true })
		.description("Prints what could stand where the cursor is: for the scripts of `completion`.")
		.argument("[words...]", "the words of the command line up to the cursor; the last is not complete")
		.action((words: string[]) => runComplete(program, words, context));
}

async function runComplete(program: Command, words: readonly string[], context: CommandContext): Promise<void> {
	const found = await candidatesFor(program, words.length === 0 ? [""] : words, (names) => namesOf(names, context));
	for (const { value, description } of found) {
		// A tab or a control character in a name would be another column, or worse.
		if (escapeForTerminal(value) === value) printLine(context, `${value}\t${escapeForTerminal(description, 80)}`);
	}
}

/** In silence: a key that was pressed is no place for an error. */
async function namesOf(names: Names, context: CommandContext): Promise<readonly string[]> {
	const [{ usableDatabaseUrl }, { openDatabase }, { triggerNames, watchNames }] = await Promise.all([
		import("../completion/database-url.ts"),
		import("../../store/database.ts"),
		import("../../store/inspect/names.ts"),
	]);
	const url = usableDatabaseUrl(context.env);
	if (url === null) return [];
	const applicationName = "reward-outbox complete";
	const db = openDatabase({ url, applicationName, maxConnections: 1, statementTimeoutMs: NAMES_WITHIN_MS });
	const late = sleep(NAMES_WITHIN_MS, [], { ref: false });
	const asked = (names === "triggers" ? triggerNames(db) : watchNames(db)).catch(() => []);
	const found = await Promise.race([asked, late]);
	// Not awaited: the server may never answer.
	void db.end().catch(() => {});
	return found;
}
