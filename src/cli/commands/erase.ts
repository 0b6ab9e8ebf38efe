import type { Command } from "commander";
import { counted } from "../../words/counts.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { deciderOf } from "../decision.ts";
import { identifier } from "../event-filter.ts";
import { printJson, printLine, printNote } from "../output.ts";
import { Progress } from "../progress.ts";

interface EraseFlags {
	readonly user: string;
	readonly yes?: true;
	readonly actor?: string;
	readonly json?: true;
}

/** Where a person's data may be that no command reaches. */
const NOT_REACHED =
	"not reached: backups and replicas kept elsewhere, logs, PostgreSQL's own write-ahead log, exports, and Reward itself";

const EXAMPLES = `
In events, attempts, receipts, watch errors, decisions and saved searches the user's id is replaced by a pseudonym (a salted
hash), payloads keep their value only, and metadata, answers and reasons go. Counts and sums stay. It is refused while an
event of the user is not finished. It cannot be undone. The act goes on record without the id.

Examples:
  $ reward-outbox export --user user123 > user123.jsonl
  $ reward-outbox erase --user user123            says what it would erase
  $ reward-outbox erase --user user123 --yes`;

export function registerErase(program: Command, context: CommandContext): void {
	program
		.command("erase")
		.summary("remove a person's data")
		.description("Removes a person from everything that is stored; values and counts stay under a pseudonym.")
		.requiredOption("--user <id>", "the user", identifier)
		.option("--yes", "do it; without it, what would be erased is counted")
		.option("--actor <name>", "who decides; goes on record (default: the user of this machine)")
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((flags: EraseFlags) => runErase(flags, context));
}

async function runErase(flags: EraseFlags, context: CommandContext): Promise<void> {
	const [{ countUnfinished, eraseUser }, { countOfUser }, { OutboxError }] = await Promise.all([
		import("../../store/erase.ts"),
		import("../../store/export-user.ts"),
		import("../../errors.ts"),
	]);
	await withCurrentSchema(context, "erase", async (db) => {
		if (!flags.yes) {
			const found = await countOfUser(db, flags.user);
			if (flags.json) return printJson(context, { erased: false, ...found, not_reached: NOT_REACHED });
			printLine(
				context,
				`would erase ${counted(found.events, "event")} and ${counted(found.receipts, "receipt")}; nothing was changed`,
			);
			return printNote(context, `to do it: add --yes; ${NOT_REACHED}`);
		}
		const unfinished = await countUnfinished(db, flags.user);
		if (unfinished > 0) {
			throw new OutboxError(
				"erase_unfinished",
				`${counted(unfinished, "event of this user is", "events of this user are")} not finished; nothing was erased`,
				{
					hint: "wait until they are sent, or cancel or resolve them: reward-outbox events list --user …",
				},
			);
		}
		const progress = new Progress(context);
		const { actor } = deciderOf(flags, context);
		const erased = await eraseUser(db, flags.user, actor, (n) => progress.advance(n, null, "events erased"));
		progress.end();
		if (flags.json) return printJson(context, { erased: true, ...erased, not_reached: NOT_REACHED });
		const { events, attempts, receipts, others } = erased;
		const parts = [
			counted(events, "event"),
			counted(attempts, "attempt"),
			counted(receipts, "receipt"),
			counted(others, "other record"),
		];
		printLine(context, `erased: ${parts.join(", ")}`);
		printNote(context, NOT_REACHED);
	});
}
