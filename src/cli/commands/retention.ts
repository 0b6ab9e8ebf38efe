import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../../errors.ts";
import type { Retained } from "../../event/retained.ts";
import type { RetentionPolicy } from "../../store/retention.ts";
import { RETAINED_IN_WORDS } from "../../words/retention.ts";
import { duration } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { deciderOf } from "../decision.ts";
import { formatDuration, printJson } from "../output.ts";
import { printTable } from "../table.ts";

/** As given: seconds, or the word for no end. (Commander would turn a null into an empty text.) */
type Span = number | "forever";

interface SetFlags {
	readonly delivered?: Span;
	readonly dead?: Span;
	readonly cancelled?: Span;
	readonly payload?: Span;
	readonly responseBody?: Span;
	readonly receipts?: Span;
	readonly idempotencyKeys?: Span;
	readonly actor?: string;
	readonly json?: true;
}

const EXAMPLES = `
Relays carry it out in small batches. Spans count from when something was written, are at least 1h, and "forever" takes one
away. Events that are not finished stay, whatever their age. Nothing goes unless a span is set. See docs/retention.md.

Examples:
  $ reward-outbox retention set --delivered 90d --dead 400d --payload 30d --response-body 7d
  $ reward-outbox retention set --idempotency-keys 400d --receipts 400d
  $ reward-outbox retention set --dead forever
  $ reward-outbox retention show`;

export function registerRetention(program: Command, context: CommandContext): void {
	const retention = program
		.command("retention")
		.summary("see and change how long what is kept")
		.description("Shows and changes how long what is kept; relays carry it out.");
	retention
		.command("set")
		.summary("change how long what is kept")
		.description("Changes how long what is kept. What is not named stays as it is.")
		.option("--delivered <span>", RETAINED_IN_WORDS.delivered, span)
		.option("--dead <span>", RETAINED_IN_WORDS.dead, span)
		.option("--cancelled <span>", RETAINED_IN_WORDS.cancelled, span)
		.option("--payload <span>", RETAINED_IN_WORDS.payload, span)
		.option("--response-body <span>", RETAINED_IN_WORDS.response_body, span)
		.option("--receipts <span>", RETAINED_IN_WORDS.receipts, span)
		.option("--idempotency-keys <span>", RETAINED_IN_WORDS.idempotency_keys, span)
		.option("--actor <name>", "who decides; goes on record (default: the user of this machine)")
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((flags: SetFlags) => runSet(flags, context));
	retention
		.command("show")
		.summary("show how long what is kept")
		.description("Shows how long what is kept.")
		.option("--json", "print one JSON document: seconds, null for ever")
		.addHelpText("after", EXAMPLES)
		.action((flags: { json?: true }) => runShow(flags, context));
}

async function runSet(flags: SetFlags, context: CommandContext): Promise<void> {
	const given = {
		delivered: flags.delivered,
		dead: flags.dead,
		cancelled: flags.cancelled,
		payload: flags.payload,
		response_body: flags.responseBody,
		receipts: flags.receipts,
		idempotency_keys: flags.idempotencyKeys,
	};
	const entries = Object.entries(given).flatMap(([name, value]) =>
		value === undefined ? [] : [[name, value === "forever" ? null : value]],
	);
	if (entries.length === 0) {
		throw new UsageError("nothing is set", { hint: "give --delivered, --dead, --payload or another; see --help" });
	}
	const changes: Partial<RetentionPolicy> = Object.fromEntries(entries);
	const { setRetention, readRetention } = await import("../../store/retention.ts");
	const { actor } = deciderOf(flags, context);
	const policy = await withCurrentSchema(context, "retention set", async (db) => {
		await setRetention(db, changes, actor);
		return readRetention(db);
	});
	show(policy, flags, context);
}

async function runShow(flags: { json?: true }, context: CommandContext): Promise<void> {
	const { readRetention } = await import("../../store/retention.ts");
	show(await withCurrentSchema(context, "retention show", readRetention), flags, context);
}

function show(policy: RetentionPolicy, { json }: { readonly json?: true }, context: CommandContext): void {
	if (json) {
		printJson(context, policy);
		return;
	}
	printTable(
		context,
		[{ header: "KEPT" }, { header: "FOR", align: "right" }, { header: "WHAT", cap: 200, isProse: true }],
		Object.entries(RETAINED_IN_WORDS).map(([name, meaning]) => {
			const seconds = policy[name as Retained];
			return [name, seconds === null ? "ever" : formatDuration(seconds * 1000), meaning];
		}),
	);
}

function span(text: string): Span {
	if (text === "forever") return text;
	const seconds = duration(text) / 1000;
	if (seconds >= 3600) return seconds;
	throw new InvalidArgumentError("Expected at least 1h, or forever.");
}
