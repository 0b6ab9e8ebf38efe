import type { RelayFacts } from "../event/facts.ts";
import { TRIGGER_HOLD_CODES } from "../event/holding.ts";
import { OUTCOME_CLASSES } from "../event/outcome.ts";
import type { Overview } from "../store/inspect/overview.ts";
import { attentionInWords } from "../words/attention.ts";
import { counted } from "../words/counts.ts";
import { recordInWords } from "../words/record.ts";
import { worth, worthAlone } from "../words/stake.ts";
import { HOLD_WORDS } from "../words/why-held.ts";
import type { CommandContext } from "./context.ts";
import { escapeForTerminal, formatDuration, formatRelativeTime, printLine, printProse } from "./output.ts";
import { type Cell, printTable } from "./table.ts";

const LINE_CAP = 1500;

/** One screenful: counts, rates, relays, and whatever needs a person with what to do about it. */
export function printOverview(out: CommandContext, overview: Overview): void {
	printLine(out, `${overview.now.toISOString().slice(0, 19).replace("T", " ")}Z\n`);
	printCounts(out, overview);
	printLine(out, "");
	printRates(out, overview);
	printRelays(out, overview);
	const ago = (moment: Date) => formatRelativeTime(moment, overview.now);
	printLine(out, `\nRecord: ${recordInWords(overview.record, ago)}`);
	for (const { title, remedy } of attentionInWords(overview))
		printProse(out, escapeForTerminal(`${title}. ${remedy}`, LINE_CAP), { first: "\n" });
}

function printCounts(out: CommandContext, { events, oldest_due_age_seconds: age, stake }: Overview): void {
	const delivered = events.delivered === null ? "unknown until ANALYZE" : String(events.delivered);
	const rows: Cell[][] = [
		["pending", events.pending, age > 0 ? `oldest due for ${formatDuration(age * 1000)}${worth(stake?.overdue)}` : ""],
		["sending", events.sending, ""],
		["uncertain", events.uncertain, worthAlone(stake?.uncertain)],
		["dead", events.dead, worthAlone(stake?.dead)],
		["cancelled", events.cancelled, ""],
		[
			"delivered",
			events.delivered_is_estimate ? `~${delivered}` : delivered,
			events.delivered_is_estimate ? "estimate" : "",
		],
	];
	printTable(
		out,
		[
			{ header: "EVENTS", isStatus: true },
			{ header: "", align: "right" },
			{ header: "", cap: 200, isProse: true },
		],
		rows,
	);
	const doubled = stake?.possibly_doubled;
	if (doubled !== undefined && doubled.events > 0) {
		const count = counted(doubled.events, "event was", "events were");
		printProse(out, escapeForTerminal(`${count} possibly applied twice within 7 days${worth(doubled)}`, LINE_CAP), {
			first: "\n",
		});
	}
}

function printRates(out: CommandContext, { attempts }: Overview): void {
	const shown = (count: number) => (attempts.at_least ? `at least ${count}` : count);
	printTable(
		out,
		[{ header: "ATTEMPTS" }, { header: "LAST MINUTE", align: "right" }, { header: "LAST 5 MINUTES", align: "right" }],
		OUTCOME_CLASSES.map((outcome) => [
			outcome,
			shown(attempts.last_minute[outcome]),
			shown(attempts.last_5_minutes[outcome]),
		]),
	);
}

function printRelays(out: CommandContext, { relays, now }: Overview): void {
	if (relays.length === 0) return;
	const held = relays.map(heldByRelay);
	const someHeld = held.some((text) => text !== "");
	printLine(out, "");
	printTable(
		out,
		[
			{ header: "RELAY", shrinksTo: 16 },
			{ header: "VERSION", rank: 2 },
			{ header: "LISTENER" },
			{ header: "SEEN" },
			{ header: "RUNNING FOR", align: "right", rank: 1 },
			...(someHeld ? [{ header: "HOLDS BACK", isProse: true as const }] : []),
		],
		relays.map((relay, n) => [
			relay.name,
			relay.version,
			relay.paused_code === null ? relay.listener : `${relay.listener}, paused`,
			formatRelativeTime(relay.seen_at, now),
			formatDuration(now.getTime() - relay.started_at.getTime()),
			...(someHeld ? [held[n] ?? ""] : []),
		]),
	);
}

/** What a relay does not send, in a few words; a pause is told elsewhere. */
function heldByRelay({ holding }: RelayFacts): string {
	if (holding.everything !== null) return `everything: ${HOLD_WORDS[holding.everything.code]}`;
	return TRIGGER_HOLD_CODES.flatMap((code) => {
		const count = holding.counts[code] ?? 0;
		return count === 0 ? [] : [`${counted(count, "trigger")} ${code}`];
	}).join(", ");
}
