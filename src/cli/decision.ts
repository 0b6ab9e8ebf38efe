import { type Command, InvalidArgumentError } from "commander";
import type { CommandContext } from "./context.ts";

/** Options of every command that decides something. */
export interface DecisionFlags {
	readonly actor?: string;
	readonly reason?: string;
	readonly json?: true;
}

const ACTOR_CAP = 200;
const REASON_CAP = 2000;

/** The options by which a decision goes on record. */
export function decisionOptions(command: Command, options: { readonly reasonRequired: boolean }): Command {
	const flag = "--reason <text>";
	const why = "why; goes on record";
	return (
		options.reasonRequired
			? command.requiredOption(flag, why, textUpTo(REASON_CAP))
			: command.option(flag, why, textUpTo(REASON_CAP))
	)
		.option("--actor <name>", "who decides; goes on record (default: the user of this machine)", textUpTo(ACTOR_CAP))
		.option("--json", "print JSON");
}

function textUpTo(cap: number): (text: string) => string {
	return (text) => {
		if (text.trim() !== "" && text.length <= cap) return text;
		throw new InvalidArgumentError(`Expected 1 to ${cap} characters.`);
	};
}

/** Who decides and why, as it goes on record. The database adds its own role's name. */
export function deciderOf(
	flags: DecisionFlags,
	context: CommandContext,
): { actor: string | null; reason: string | null } {
	const user = context.env["USER"] || context.env["LOGNAME"] || null;
	return { actor: flags.actor ?? user?.slice(0, ACTOR_CAP) ?? null, reason: flags.reason ?? null };
}
