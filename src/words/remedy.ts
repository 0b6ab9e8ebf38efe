import type { RelayFacts, TriggerFacts } from "../event/facts.ts";
import { needsAdoption } from "../event/pause.ts";
import { counted } from "./counts.ts";
import { momentInWords, sinceInWords } from "./span.ts";

/** A word of a command line that can be pasted into a shell. */
export function shellWord(text: string): string {
	return /^[\w.:@%+=/][\w.:@%+=/-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Why a trigger is paused and by whom; null: it is not. */
export function pauseReason(trigger: TriggerFacts, now: Date): string | null {
	if (trigger.paused_at === null) return null;
	return `paused ${sinceInWords(trigger.paused_at, now)} by ${trigger.paused_by ?? "somebody"}${reasonOf(trigger)}`;
}

function reasonOf({ paused_reason: reason, is_reason_withheld: isWithheld = false }: TriggerFacts): string {
	if (isWithheld) return "; reward-outbox triggers list says why";
	return reason === null ? ": no reason was given" : `: “${reason}”`;
}

/** What ends the pause of a trigger. */
export function pauseRemedy(trigger: TriggerFacts, now: Date): string {
	const resume = `reward-outbox triggers resume ${shellWord(trigger.trigger_id)}`;
	if (trigger.probe_at === null) return `A person paused it, so it stays paused until a person resumes it: ${resume}`;
	const probe = trigger.probe_at <= now ? "now" : momentInWords(trigger.probe_at, now);
	return `A relay paused it, and says what has to be mended; one event is tried again ${probe}, and the first accepted one resumes it. To try at once: ${resume}`;
}

/** Why a relay sends nothing from a database that may not be the right one, for its record and its log. */
export function notAdoptedReason(problem: string): string {
	return `this database may not be the one whose events were being sent: ${problem}; run reward-outbox adopt if it is right`;
}

/** What ends the pause of a relay. */
export function relayPauseRemedy(code: string | null): string {
	if (needsAdoption(code))
		return "See what would be sent, what might be sent twice and what is missing, and if this database is the right one let relays send from it: reward-outbox adopt";
	return "Give the relay a valid API key (REWARD_API_KEY, or REWARD_API_KEY_FILE, which is read again on SIGHUP); if it is valid, ask what stands between here and Reward. It goes on trying one event at a time and resumes by itself.";
}

/** Why a relay sends nothing; null: it sends. */
export function relayPauseReason(relay: RelayFacts, now: Date): string | null {
	if (relay.paused_code === null) return null;
	const since = relay.paused_since === null ? "" : ` ${sinceInWords(relay.paused_since, now)}`;
	return `paused${since}: ${relay.paused_reason ?? relay.paused_code}`;
}

/** What mends a rule that no longer fits its table. */
export function watchRemedy(name: string): string {
	const rule = shellWord(name);
	return `Mend the rule, or the table: reward-outbox watches add ${rule} --replace … (reward-outbox watches export shows what it is now); then reward-outbox watches replay-errors ${rule}`;
}

/** What emits the events that rules missed. */
export const WATCH_ERRORS_REMEDY =
	"See why: reward-outbox watches errors. Mend what is wrong, then: reward-outbox watches replay-errors";

/** How often the statement of a writer had changes that are neither events nor on record. */
export function lostChanges(count: number): string {
	return `${count === 1 ? "once" : `${count} times`} changes could be neither captured nor recorded`;
}

/** The number stays until the owner says that it is seen to. */
export const LOST_CHANGES_REMEDY =
	"The server's log says of which rule and table (WARNING: watch … could neither capture …). Compare the table with the events (reward-outbox events list --source RULE), then, as the schema's owner: SELECT setval('reward_outbox.watch_misses', 1, false)";

/** How many row changes, of which no more than 100 000 were counted. */
export function missedChanges(count: number): string {
	return `${count >= 100_000 ? "at least " : ""}${counted(count, "row change")} did not become events`;
}
