import type { OutcomeClass } from "../event/outcome.ts";
import {
	missedChanges,
	pauseReason,
	pauseRemedy,
	relayPauseReason,
	relayPauseRemedy,
	WATCH_ERRORS_REMEDY,
	watchRemedy,
} from "../event/remedy.ts";
import type { Overview } from "../store/inspect/overview.ts";
import type { CommandContext } from "./context.ts";
import { type Cell, escapeForTerminal, formatDuration, formatRelativeTime, printLine, printTable } from "./output.ts";

const OUTCOMES = ["accepted", "refused", "not_sent", "ambiguous"] as const satisfies readonly OutcomeClass[];
const LINE_CAP = 1500;

/** One screenful: counts, rates, relays, and whatever needs a person with what to do about it. */
export function printOverview(out: CommandContext, overview: Overview): void {
	printLine(out, `${overview.now.toISOString().slice(0, 19).replace("T", " ")}Z\n`);
	printCounts(out, overview);
	printLine(out, "");
	printRates(out, overview);
	printRelays(out, overview);
	for (const line of troubles(overview)) printLine(out, `\n${escapeForTerminal(line, LINE_CAP)}`);
}

function printCounts(out: CommandContext, { events, oldest_due_age_seconds: age }: Overview): void {
	const needsPerson = (status: "dead" | "uncertain") =>
		events[status] === 0 ? "" : `reward-outbox events list --status ${status}`;
	const delivered = events.delivered === null ? "unknown until ANALYZE" : String(events.delivered);
	const rows: Cell[][] = [
		["pending", events.pending, age > 0 ? `oldest due for ${formatDuration(age * 1000)}` : ""],
		["sending", events.sending, ""],
		["uncertain", events.uncertain, needsPerson("uncertain")],
		["dead", events.dead, needsPerson("dead")],
		["cancelled", events.cancelled, ""],
		[
			"delivered",
			events.delivered_is_estimate ? `~${delivered}` : delivered,
			events.delivered_is_estimate ? "estimate" : "",
		],
	];
	printTable(out, [{ header: "EVENTS" }, { header: "", align: "right" }, { header: "" }], rows);
}

function printRates(out: CommandContext, { attempts }: Overview): void {
	const shown = (count: number) => (attempts.at_least ? `at least ${count}` : count);
	printTable(
		out,
		[{ header: "ATTEMPTS" }, { header: "LAST MINUTE", align: "right" }, { header: "LAST 5 MINUTES", align: "right" }],
		OUTCOMES.map((outcome) => [outcome, shown(attempts.last_minute[outcome]), shown(attempts.last_5_minutes[outcome])]),
	);
}

function printRelays(out: CommandContext, { relays, now }: Overview): void {
	if (relays.length === 0) return;
	printLine(out, "");
	printTable(
		out,
		[
			{ header: "RELAY" },
			{ header: "VERSION" },
			{ header: "LISTENER" },
			{ header: "SEEN" },
			{ header: "RUNNING FOR", align: "right" },
		],
		relays.map((relay) => [
			relay.name,
			relay.version,
			relay.paused_reason === null ? relay.listener : `${relay.listener}, paused`,
			formatRelativeTime(relay.seen_at, now),
			formatDuration(now.getTime() - relay.started_at.getTime()),
		]),
	);
}

/** What keeps events from being captured or sent, or will, each with its remedy. */
function troubles({
	relays,
	last_relay: last,
	paused_triggers: paused,
	expired_claims: expired,
	broken_watches: broken,
	unresolved_watch_errors: missed,
	now,
}: Overview): string[] {
	const lines: string[] = [];
	if (relays.length === 0) {
		const seen =
			last === null ? "none ever ran here" : `${last.name} was seen ${formatRelativeTime(last.seen_at, now)}`;
		lines.push(`No relay is alive (${seen}): nothing is sent. Start one: reward-outbox relay`);
	}
	for (const relay of relays) {
		const reason = relayPauseReason(relay, now);
		if (reason !== null) lines.push(`The relay ${relay.name} is ${reason}. ${relayPauseRemedy()}`);
		if (relay.listener === "deaf")
			lines.push(
				`The relay ${relay.name} listens but does not hear: it finds events by polling only. Behind a pooler in transaction mode, give it a direct connection in DATABASE_LISTEN_URL.`,
			);
	}
	for (const trigger of paused)
		lines.push(`The trigger ${trigger.trigger_id} is ${pauseReason(trigger, now)}. ${pauseRemedy(trigger, now)}`);
	if (expired > 0) {
		lines.push(
			`${expired} expired ${expired === 1 ? "claim" : "claims"}: a relay went silent while it was sending; the next relay that looks writes ${expired === 1 ? "it" : "them"} off as ambiguous attempts.`,
		);
	}
	for (const { name, table, problem } of broken)
		lines.push(`The watch ${name} on ${table} is broken: ${problem}. ${watchRemedy(name)}`);
	if (missed > 0) lines.push(`Watches: ${missedChanges(missed)}. ${WATCH_ERRORS_REMEDY}`);
	return lines;
}
