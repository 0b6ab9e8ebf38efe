import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { doubledMs } from "../../event/backoff.ts";
import type { EventRow } from "../../event/columns.ts";
import type { Database } from "../../store/database.ts";
import type { News } from "../../store/inspect/follow.ts";
import { wholeNumber } from "../arguments.ts";
import { paintStatus } from "../colours.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type FilterFlags, filterOf, filterOptions } from "../event-filter.ts";
import { eventRemark } from "../event-remark.ts";
import { escapeForTerminal, printJsonLines, printLine } from "../output.ts";

interface TailFlags extends FilterFlags {
	readonly last: number;
	readonly json?: true;
}

const POLL_MS = 1000;
const RETRY_CAP_MS = 10_000;

const EXAMPLES = `
A line for every event that is written, and one whenever a recent one changes. It goes on through an outage of the database.
More than 200 new events a second are not all shown: narrow the filter.

Examples:
  $ reward-outbox events tail
  $ reward-outbox events tail --user user123 --last 0
  $ reward-outbox events tail --trigger successful_payment --json | jq .status`;

export function registerTail(events: Command, context: CommandContext): void {
	filterOptions(events.command("tail"))
		.summary("follow events as they are written and delivered")
		.description("Shows new events, and what becomes of them, as it happens; until Ctrl-C.")
		.option("--last <n>", "begin with the last n that are there already", wholeNumber(0, 200), 10)
		.option("--json", "print JSON lines; change: new or changed")
		.addHelpText("after", EXAMPLES)
		.action((flags: TailFlags) => runTail(flags, context));
}

async function runTail(flags: TailFlags, context: CommandContext): Promise<void> {
	await withCurrentSchema(context, "events tail", (db) => tail(db, flags, context));
}

/** The first look has to succeed; from then on somebody watches who wants to know when it goes on. */
async function tail(db: Database, flags: TailFlags, context: CommandContext): Promise<void> {
	const [{ Follower }, { isTransient }] = await Promise.all([
		import("../../store/inspect/follow.ts"),
		import("../../store/database-error.ts"),
	]);
	const signal = context.takeStopSignal();
	const follower = new Follower(db, filterOf(flags));
	const { fresh, now } = await follower.look();
	printNews(
		{ fresh: flags.last === 0 ? [] : fresh.slice(-flags.last), changed: [], skipped: false, now },
		flags,
		context,
	);
	let tookMs = 0;
	for (let failures = 0; !signal.aborted; ) {
		// A search that is slow takes a fifth of the time at most.
		const pauseMs = Math.max(doubledMs(POLL_MS, failures, RETRY_CAP_MS), 4 * tookMs);
		await sleep(pauseMs, undefined, { signal }).catch(() => {});
		if (signal.aborted) return;
		const begunAt = performance.now();
		try {
			printNews(await follower.look(), flags, context);
			if (failures > 0) context.stderr.write("the database answers again\n");
			failures = 0;
			tookMs = performance.now() - begunAt;
		} catch (error) {
			if (!isTransient(error)) throw error;
			if (failures === 0)
				context.stderr.write(
					`the database does not answer: ${escapeForTerminal((error as Error).message)}; trying again\n`,
				);
			failures += 1;
		}
	}
}

function printNews({ fresh, changed, skipped, now }: News, flags: TailFlags, context: CommandContext): void {
	if (skipped) context.stderr.write("… more events were written than are shown; narrow the filter\n");
	if (flags.json) {
		printJsonLines(
			context,
			fresh.map((event) => ({ change: "new", ...event })),
		);
		printJsonLines(
			context,
			changed.map((event) => ({ change: "changed", ...event })),
		);
		return;
	}
	for (const event of fresh) printLine(context, eventLine(event, event.created_at, now, context));
	for (const event of changed) printLine(context, eventLine(event, now, now, context));
}

function eventLine(event: EventRow, at: Date, now: Date, { colour }: CommandContext): string {
	const { trigger_id: trigger, user_id: user, attempts } = event;
	const tries = attempts > 1 ? `attempt ${attempts}` : "";
	const rest = [trigger, user, tries, eventRemark(event, now)]
		.filter(Boolean)
		.map((text) => escapeForTerminal(text, 100));
	const status = paintStatus(event.status, event.status.padEnd(9), colour);
	return `${at.toISOString().slice(11, 19)}  ${event.id}  ${status}  ${rest.join("  ")}`;
}
