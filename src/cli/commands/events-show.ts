import type { Command } from "commander";
import { TEXT_FIELDS } from "../../client/event-fields.ts";
import { terminalSafeJson } from "../../escape.ts";
import type { EventRecord } from "../../store/inspect/one-event.ts";
import { counted } from "../../words/counts.ts";
import { FIELD_WORDS } from "../../words/event-fields.ts";
import { uuid } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { noSuchEvent } from "../no-such-event.ts";
import { formatDuration, formatRelativeTime, printFields, printJson, printLine } from "../output.ts";
import { type Cell, printTable } from "../table.ts";

/** Characters of a payload on the screen; --json has all of it. */
const JSON_CAP = 8000;

const EXAMPLES = `
Examples:
  $ reward-outbox events show 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f
  $ reward-outbox events show --json 0192f7a4-8c1e-7b52-9d3f-5a6b7c8d9e0f`;

export function registerShow(events: Command, context: CommandContext): void {
	events
		.command("show")
		.summary("show an event and its attempts")
		.description("Shows an event, its attempts and what people decided about it.")
		.argument("<id>", "the event's id", uuid)
		.option("--json", "print one JSON document")
		.addHelpText("after", EXAMPLES)
		.action((id: string, flags: { json?: true }) => runShow(id, flags, context));
}

async function runShow(id: string, flags: { json?: true }, context: CommandContext): Promise<void> {
	const { readEvent } = await import("../../store/inspect/one-event.ts");
	const record = await withCurrentSchema(context, "events show", (db) => readEvent(db, id));
	if (record === null) throw noSuchEvent(id);
	if (flags.json) printJson(context, record);
	else printRecord(record, context);
}

function printRecord(record: EventRecord, context: CommandContext): void {
	printFields(context, fieldsOf(record));
	printDocument(context, "payload", record.event.payload);
	if (record.event.metadata !== null) printDocument(context, "metadata", record.event.metadata);
	printLine(context, "");
	if (record.attempts.length === 0) printLine(context, "no attempts yet");
	else printAttempts(record, context);
	if (record.operations.length > 0) printOperations(record, context);
}

function fieldsOf({ event, now }: EventRecord): [string, Cell][] {
	const time = (at: Date | null) => (at === null ? null : `${at.toISOString()}  (${formatRelativeTime(at, now)})`);
	const optional: [string, Cell][] = [
		["not before", time(event.deliver_after)],
		["next attempt", time(event.next_attempt_at)],
		["delivered", time(event.delivered_at)],
		["last error", event.last_error],
		...TEXT_FIELDS.map((name): [string, Cell] => [FIELD_WORDS[name].label, event[name]]),
		["captured by", event.source],
	];
	return [
		["id", event.id],
		["status", event.status],
		["trigger", event.trigger_id],
		["user", event.user_id],
		["written", time(event.created_at)],
		["attempts", event.attempts],
		...optional.filter(([, value]) => value !== null),
	];
}

function printDocument(context: CommandContext, name: string, document: unknown): void {
	printLine(context, `\n${name}`);
	const text = terminalSafeJson(document, 2);
	const shown =
		text.length <= JSON_CAP
			? text
			: `${text.slice(0, JSON_CAP)}…\n(${text.length} characters; --json prints all of it)`;
	printLine(context, shown.replace(/^/gm, "  "));
}

function printAttempts({ attempts, attempts_left_out: leftOut, now }: EventRecord, context: CommandContext): void {
	const columns = [
		{ header: "ATTEMPT", align: "right" as const },
		{ header: "STARTED" },
		{ header: "TOOK", align: "right" as const },
		{ header: "OUTCOME" },
		{ header: "HTTP", align: "right" as const },
		{ header: "RELAY", rank: 2, shrinksTo: 12 },
		{ header: "ANSWER", cap: 60, rank: 1, shrinksTo: 16 },
		{ header: "ERROR", cap: 80, isProse: true as const },
	];
	printTable(
		context,
		columns,
		attempts.map((attempt) => [
			attempt.attempt,
			formatRelativeTime(attempt.started_at, now),
			attempt.duration_ms === null ? null : formatDuration(attempt.duration_ms),
			attempt.outcome,
			attempt.http_status,
			attempt.relay,
			attempt.response_body,
			[attempt.error_code, attempt.error_message].filter(Boolean).join(": "),
		]),
	);
	if (leftOut > 0)
		printLine(context, `(${counted(leftOut, "attempt in the middle is", "attempts in the middle are")} not shown)`);
}

function printOperations({ operations, now }: EventRecord, context: CommandContext): void {
	printLine(context, "");
	printTable(
		context,
		[
			{ header: "DECISION" },
			{ header: "WHEN" },
			{ header: "BY", shrinksTo: 16 },
			{ header: "DETAIL", cap: 200, shrinksTo: 16, rank: 1 },
			{ header: "REASON", cap: 200, isProse: true },
		],
		operations.map((operation) => [
			operation.action,
			formatRelativeTime(operation.at, now),
			operation.actor,
			operation.detail === null ? null : JSON.stringify(operation.detail),
			operation.reason ?? "",
		]),
	);
}
