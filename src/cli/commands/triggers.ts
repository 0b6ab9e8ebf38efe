import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../../errors.ts";
import type { DeliveryMode } from "../../event/event.ts";
import type { PolicyChanges } from "../../store/trigger-policy.ts";
import { wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type DecisionFlags, deciderOf, decisionOptions } from "../decision.ts";
import { identifier } from "../event-filter.ts";
import { escapeForTerminal, printJson, printLine } from "../output.ts";
import { registerTriggerList } from "./triggers-list.ts";

/** As given: a number, or the word for none. (Commander would turn a null into an empty text.) */
type Limit = number | "default" | "none";

type RetryAmbiguous = NonNullable<PolicyChanges["retry_ambiguous"]>;
type Reconciling = Required<Pick<PolicyChanges, "auto_confirm" | "auto_resend">>;

interface SetFlags {
	readonly mode?: DeliveryMode;
	readonly maxAttempts?: Limit;
	readonly ratePerSecond?: Limit;
	readonly maxInFlight?: Limit;
	readonly reconcile?: Reconciling;
	readonly retryAmbiguous?: RetryAmbiguous;
	readonly actor?: string;
	readonly json?: true;
}

const SET_EXAMPLES = `
at_most_once: after an ambiguous attempt the event becomes uncertain and is not sent again.
auto-confirm: it counts as delivered when Reward's webhooks say that it was applied. auto-resend: it is sent again when they
say that the others were and it was not. They are not signed: docs/receipts.md says what can go wrong.

Examples:
  $ reward-outbox triggers set successful_payment --mode at_most_once
  $ reward-outbox triggers set newsletter_signup --rate-per-second 20 --max-in-flight 4
  $ reward-outbox triggers set newsletter_signup --rate-per-second none
  $ reward-outbox triggers set successful_payment --reconcile auto-confirm`;

const PAUSE_EXAMPLES = `
Events go on being written; they wait until the trigger is resumed.

Examples:
  $ reward-outbox triggers pause successful_payment --reason "campaign is being corrected"
  $ reward-outbox triggers resume successful_payment`;

export function registerTriggers(program: Command, context: CommandContext): void {
	const triggers = program
		.command("triggers")
		.summary("see and change the policy per trigger")
		.description("Shows and changes how the events of a trigger are delivered.");
	registerTriggerList(triggers, context);
	registerSet(triggers, context);
	registerPause(triggers, context);
	registerResume(triggers, context);
}

function registerSet(triggers: Command, context: CommandContext): void {
	triggers
		.command("set")
		.summary("change a trigger's policy")
		.description("Changes a trigger's policy. What is not named stays as it is.")
		.argument("<id>", "the trigger", identifier)
		.option("--mode <mode>", "what follows an ambiguous attempt: at_least_once repeats it, at_most_once does not", mode)
		.option(
			"--max-attempts <n>",
			"attempts after which an event is dead; default: the relay's limit",
			limitOr("default", wholeNumber(1, 1000)),
		)
		.option("--rate-per-second <n>", "requests per second over all relays; none: no limit", limitOr("none", rate))
		.option(
			"--max-in-flight <n>",
			"requests in flight over all relays; none: no limit",
			limitOr("none", wholeNumber(1, 10_000)),
		)
		.option(
			"--reconcile <policy>",
			"what receipts decide: advise (nothing), auto-confirm, auto-resend, or auto-confirm,auto-resend",
			reconciling,
		)
		.option(
			"--retry-ambiguous <when>",
			"at-once, or after-evidence: when a receipt would have come; with it one that comes confirms",
			retryAmbiguous,
		)
		.option("--actor <name>", "who decides; goes on record (default: the user of this machine)")
		.option("--json", "print JSON")
		.addHelpText("after", SET_EXAMPLES)
		.action((id: string, flags: SetFlags) => runSet(id, flags, context));
}

async function runSet(id: string, flags: SetFlags, context: CommandContext): Promise<void> {
	const changes: PolicyChanges = {
		...(flags.mode === undefined ? {} : { mode: flags.mode }),
		...(flags.maxAttempts === undefined ? {} : { max_attempts: numberOrNull(flags.maxAttempts) }),
		...(flags.ratePerSecond === undefined ? {} : { rate_per_second: numberOrNull(flags.ratePerSecond) }),
		...(flags.maxInFlight === undefined ? {} : { max_in_flight: numberOrNull(flags.maxInFlight) }),
		// Waiting for a receipt means to go by it.
		...(flags.retryAmbiguous === "after_evidence" ? { auto_confirm: true } : {}),
		...(flags.retryAmbiguous === undefined ? {} : { retry_ambiguous: flags.retryAmbiguous }),
		...flags.reconcile,
	};
	if (Object.keys(changes).length === 0) {
		throw new UsageError("nothing is set", {
			hint: "give --mode, --max-attempts, --rate-per-second, --max-in-flight, --reconcile or --retry-ambiguous",
		});
	}
	const { setTrigger } = await import("../../store/trigger-policy.ts");
	const { actor } = deciderOf(flags, context);
	await withCurrentSchema(context, "triggers set", (db) => setTrigger(db, id, changes, actor));
	if (flags.json) printJson(context, { trigger_id: id, ...changes });
	else printLine(context, `${escapeForTerminal(id)} is set`);
}

function registerPause(triggers: Command, context: CommandContext): void {
	const command = triggers
		.command("pause")
		.summary("send nothing of a trigger for a while")
		.description("Nothing of the trigger is sent until it is resumed.")
		.argument("<id>", "the trigger", identifier);
	decisionOptions(command, { reasonRequired: true })
		.addHelpText("after", PAUSE_EXAMPLES)
		.action((id: string, flags: DecisionFlags & { reason: string }) => runPause(id, flags, context));
}

async function runPause(id: string, flags: DecisionFlags & { reason: string }, context: CommandContext): Promise<void> {
	const { pauseTrigger } = await import("../../store/trigger-policy.ts");
	const { actor } = deciderOf(flags, context);
	await withCurrentSchema(context, "triggers pause", (db) => pauseTrigger(db, id, flags.reason, actor));
	if (flags.json) printJson(context, { trigger_id: id, paused: true });
	else printLine(context, `${escapeForTerminal(id)} is paused`);
}

function registerResume(triggers: Command, context: CommandContext): void {
	const command = triggers
		.command("resume")
		.summary("end a pause")
		.description("Ends the pause of a trigger, whoever began it.")
		.argument("<id>", "the trigger", identifier);
	decisionOptions(command, { reasonRequired: false })
		.addHelpText("after", PAUSE_EXAMPLES)
		.action((id: string, flags: DecisionFlags) => runResume(id, flags, context));
}

/** A trigger that was not paused is what was asked for: no failure. */
async function runResume(id: string, flags: DecisionFlags, context: CommandContext): Promise<void> {
	const { resumeTrigger } = await import("../../store/trigger-policy.ts");
	const { actor, reason } = deciderOf(flags, context);
	const wasPaused = await withCurrentSchema(context, "triggers resume", (db) => resumeTrigger(db, id, reason, actor));
	if (flags.json) printJson(context, { trigger_id: id, paused: false, was_paused: wasPaused });
	else printLine(context, `${escapeForTerminal(id)} ${wasPaused ? "is resumed" : "was not paused"}`);
}

/** Both spellings, as people remember them. */
function mode(text: string): DeliveryMode {
	const name = text.replaceAll("-", "_");
	if (name === "at_least_once" || name === "at_most_once") return name;
	throw new InvalidArgumentError("Expected at_least_once or at_most_once.");
}

function retryAmbiguous(text: string): RetryAmbiguous {
	const name = text.replaceAll("-", "_");
	if (name === "at_once" || name === "after_evidence") return name;
	throw new InvalidArgumentError("Expected at-once or after-evidence.");
}

/** Each half is asked for by its name. */
function reconciling(text: string): Reconciling {
	const names = text.replaceAll("_", "-").split(",");
	const isKnown = names.every((name) => name === "auto-confirm" || name === "auto-resend");
	if (!isKnown && text !== "advise") {
		throw new InvalidArgumentError("Expected advise, auto-confirm, auto-resend or auto-confirm,auto-resend.");
	}
	return { auto_confirm: names.includes("auto-confirm"), auto_resend: names.includes("auto-resend") };
}

function rate(text: string): number {
	const value = /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : Number.NaN;
	if (value >= 0.00001 && value <= 100_000) return value;
	throw new InvalidArgumentError("Expected a number above 0, from 0.00001 (one a day) to 100000, such as 20 or 0.5.");
}

/** A limit, or the word that takes it away. */
function limitOr(word: Limit & string, parse: (text: string) => number): (text: string) => Limit {
	return (text) => (text === word ? word : parse(text));
}

function numberOrNull(limit: Limit): number | null {
	return typeof limit === "number" ? limit : null;
}
