import type { RelayFacts } from "../event/facts.ts";
import { type HeldInList, type Hold, heldCount } from "../event/holding.ts";
import { limitInWords, momentInWords, sinceInWords } from "./span.ts";

interface HeldBy {
	readonly relay: RelayFacts;
	readonly hold: Hold;
}

/** Which relays hold a trigger back, and why: a line for each reason. Paused relays are not asked. */
export function heldLines(relays: readonly RelayFacts[], triggerId: string, now: Date): string[] {
	const able = relays.filter(({ paused_code: code }) => code === null);
	const held = able.flatMap((relay): HeldBy[] => {
		const hold = relay.holding.everything ?? relay.holding.triggers.find((one) => one.trigger_id === triggerId);
		return hold === undefined ? [] : [{ relay, hold }];
	});
	const lines = [...Map.groupBy(held, ({ hold }) => hold.code).values()].map((group) => heldLine(group, now));
	if (held.length === 0 || held.length === able.length) return lines;
	return [...lines, `${relaysInWords(able.filter((relay) => !held.some((by) => by.relay === relay)))} may take it.`];
}

/** Some relay holds back more triggers than it names. */
export function someUnnamed(relays: readonly RelayFacts[]): boolean {
	return relays.some(({ holding }) => heldCount(holding) > holding.triggers.length);
}

function heldLine(group: readonly HeldBy[], now: Date): string {
	const { code, since, until } = soonest(group.map(({ hold }) => hold));
	const from = since === null ? "" : ` ${sinceInWords(since, now)}`;
	const next =
		until === null || until <= now ? "The next one is tried now" : `The next one is tried ${momentInWords(until, now)}`;
	return `${relaysInWords(group.map(({ relay }) => relay))} ${group.length === 1 ? "holds" : "hold"} it back${from}: ${sentenceOf(code, next, until, now)}`;
}

function sentenceOf(code: Hold["code"], next: string, until: Date | null, now: Date): string {
	switch (code) {
		case "failing":
			return `its trigger is in trouble. Its last events failed, so one event of it at a time is tried, and the first answer that is no failure ends that. ${next}.`;
		case "pacing":
			return `Reward asked for fewer events of its trigger (HTTP 429)${until === null ? "" : `, so none is sent before ${limitInWords(until, now)}`}.`;
		case "hanging":
			return "its trigger hangs. Its requests have had no answer for long, and no more are made until they are answered or time out.";
		case "unproven":
			return "requests of other triggers hang, and this trigger has not been answered yet, so it gives way to those that are.";
		case "reward_down":
			return `Reward counts as down. Event after event failed, so one event at a time is tried, and the first answer that is no failure ends that. ${next}.`;
		case "results_unwritten":
			return "the database has not taken the results of what was sent, and nothing more is sent before it has.";
		default:
			return code satisfies never;
	}
}

/** Held the longest, let go first. */
function soonest(holds: readonly Hold[]): Hold {
	const earliest = (dates: readonly (Date | null)[]) =>
		dates.reduce((one, other) => (one === null || (other !== null && other < one) ? other : one), null);
	const since = earliest(holds.map((hold) => hold.since));
	return { ...(holds[0] as Hold), since, until: earliest(holds.map((hold) => hold.until)) };
}

const MOST_RELAYS_NAMED = 3;

function relaysInWords(relays: readonly RelayFacts[]): string {
	if (relays.length > MOST_RELAYS_NAMED) return `${relays.length} relays`;
	return `${relays.length === 1 ? "The relay" : "The relays"} ${relays.map(({ name }) => name).join(" and ")}`;
}

/** For a list: a few words. */
export function heldInWords(held: readonly HeldInList[], now: Date): string | null {
	const [first] = held;
	if (first === undefined) return null;
	const { code, since, until } = soonest(held.filter((hold) => hold.code === first.code));
	const from = since === null ? "" : ` ${sinceInWords(since, now)}`;
	const next = until === null || until <= now ? "" : `, next ${momentInWords(until, now)}`;
	return `${HOLD_WORDS[code]}${from}${next}`;
}

export const HOLD_WORDS = {
	failing: "failing, one event at a time",
	pacing: "slowed down by Reward",
	hanging: "hanging, no answers",
	unproven: "gives way, others hang",
	reward_down: "Reward is down, one event at a time",
	results_unwritten: "results cannot be recorded",
} as const satisfies Record<Hold["code"], string>;
