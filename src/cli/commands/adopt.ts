import type { Command } from "commander";
import type { Adoption, Listed } from "../../store/adopt.ts";
import type { Database } from "../../store/database.ts";
import { counted } from "../../words/counts.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type DecisionFlags, deciderOf, decisionOptions } from "../decision.ts";
import { printFields, printJson, printLine } from "../output.ts";
import { printTable } from "../table.ts";

/** Events of a list that fit on a screen. */
const MOST_SHOWN = 20;

interface AdoptFlags extends DecisionFlags {
	readonly cancelBacklog?: true;
	readonly reason: string;
	readonly yes?: true;
}

const EXAMPLES = `
Relays send nothing from a restored dump, a copy or a point-in-time recovery until it is adopted: what was delivered after
the backup was taken is pending again there, and would be rewarded twice.

Examples:
  $ reward-outbox adopt --reason "failed over to the replica"            only shows what it would do
  $ reward-outbox adopt --reason "failed over to the replica" --yes
  $ reward-outbox adopt --cancel-backlog --reason "staging copy" --yes`;

export function registerAdopt(program: Command, context: CommandContext): void {
	const command = program
		.command("adopt")
		.summary("let relays send from a restored or copied database")
		.description("Takes this database as the right one to send events from, after a restore or a copy.")
		.option("--cancel-backlog", "cancel everything that is unfinished: right for a copy that is not production")
		.option("--yes", "do it; without it nothing is changed");
	decisionOptions(command, { reasonRequired: true })
		.addHelpText("after", EXAMPLES)
		.action((flags: AdoptFlags) => withCurrentSchema(context, "adopt", (db) => runAdopt(db, flags, context), 0));
}

async function runAdopt(db: Database, flags: AdoptFlags, context: CommandContext): Promise<void> {
	const [{ adopt, readAdoption }, { OutboxError }] = await Promise.all([
		import("../../store/adopt.ts"),
		import("../../errors.ts"),
	]);
	const before = await readAdoption(db);
	const problem = problemOf(before);
	if (!flags.json) printPlan(before, problem, flags, context);
	if (!flags.yes) {
		if (flags.json) printJson(context, { adopted: false, problem, ...before });
		throw new OutboxError("not_confirmed", "nothing was changed", { hint: "add --yes to do it" });
	}
	const { actor } = deciderOf(flags, context);
	const decision = { cancelBacklog: flags.cancelBacklog ?? false, reason: flags.reason, actor };
	const toSend = await adopt(db, decision).catch(lockedOut);
	if (flags.json) printJson(context, { adopted: true, problem, to_send: toSend });
	else printLine(context, `adopted: ${counted(toSend, "event is", "events are")} to be sent`);
}

/** Writers have to stand aside for a moment; one that holds its transaction open is not waited for. */
async function lockedOut(error: unknown): Promise<never> {
	const [{ isLockTimeout }, { OutboxError }] = await Promise.all([
		import("../../store/database-error.ts"),
		import("../../errors.ts"),
	]);
	if (!isLockTimeout(error)) throw error;
	throw new OutboxError("busy", "another transaction holds reward_outbox.outbox; nothing was changed", {
		hint: "try again when it has ended; reward-outbox doctor shows long transactions",
		cause: error,
	});
}

/** Why relays send nothing from here; null: they do. */
function problemOf({ verdict }: Adoption): string | null {
	switch (verdict.kind) {
		case "continue":
			return null;
		case "adopt":
			return "it is a copy that nothing was ever sent from: the first relay adopts it";
		case "follow":
			return "it is on another timeline";
		case "wait":
		case "stop":
			return verdict.reason;
		default:
			return verdict satisfies never;
	}
}

function printPlan(adoption: Adoption, problem: string | null, flags: AdoptFlags, context: CommandContext): void {
	const { recorded, found, pending, underWay, mayBeSentTwice, missing, unheard } = adoption;
	const shown = (of: typeof recorded) =>
		`cluster ${of.systemIdentifier}, database ${of.databaseOid}, table ${of.outboxOid}, timeline ${of.timeline}`;
	const fate = flags.cancelBacklog ? "would be cancelled" : "would be sent";
	printFields(context, [
		["recorded", `${shown(recorded)} (${adoption.adoptedAt.toISOString()} by ${adoption.adoptedBy})`],
		["this one", shown(found)],
		["verdict", problem ?? "it is the database that the events were being sent from: nothing to adopt"],
		["backlog", `${counted(pending, "event")} ${flags.yes ? fate.replace("would", "will") : fate}`],
		["under way", `${underWay} of them were being sent when the copy was taken and may have been delivered`],
		["sent twice", `${mayBeSentTwice.count} of them may have been applied before, as far as it is on record here`],
		["missing", `${counted(missing.count, "event")} that relays remember to have sent no longer exist`],
		...unheardField(unheard),
	]);
	printEvents(context, "These may be sent twice:", mayBeSentTwice);
	printEvents(context, "These were sent and no longer exist:", missing);
}

/** Adopted without them, what they delivered and nobody else knows of is sent again. */
function unheardField(unheard: readonly string[]): [string, string][] {
	if (unheard.length === 0) return [];
	const what = "were sending and have not looked at this database yet; wait for those that still run and belong to it";
	return [["not heard", `${unheard.join(", ")}: ${what}`]];
}

function printEvents(context: CommandContext, title: string, { count, events }: Listed): void {
	if (count === 0) return;
	printLine(context, `\n${title}`);
	const shown = events.slice(0, MOST_SHOWN);
	printTable(
		context,
		[
			{ header: "EVENT" },
			{ header: "TRIGGER", shrinksTo: 12 },
			{ header: "USER", shrinksTo: 12 },
			{ header: "ATTEMPT", align: "right", rank: 2 },
			{ header: "WHY" },
			{ header: "SENT", rank: 1 },
		],
		shown.map((event) => [
			event.eventId,
			event.triggerId,
			event.userId,
			event.attempt,
			event.why.replace("_", " "),
			event.sentAt.toISOString(),
		]),
	);
	if (count > shown.length) printLine(context, `and ${count - shown.length} more: --json lists up to 1000`);
}
