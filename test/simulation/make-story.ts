import { MANNERS, type Weather } from "./answers.ts";
import { Dice } from "./dice.ts";
import type { Mishap } from "./link.ts";
import type { Trouble } from "./road.ts";
import type { Does, OperatorAction, Scene, Story, StoryTrigger, WrittenEvent } from "./story.ts";

/** Events are written, and faults begin, within this time. */
const SPAN_MS = 20_000;
/** Where nothing goes wrong nobody has to wait for a poll: it would come too late. */
const LONG_POLL_MS = 60_000;

/** Triggers: two in three have no policy of their own. */
const TRIGGERS = ["paid", "joined", "shared", "rated"] as const;
const KEYS = ["a", "b", "c"] as const;
const MISHAPS: readonly Mishap[] = ["lost", "answer lost", "late", "refused"];
const TROUBLES: readonly Trouble[] = ["closed", "slow", "lost on the way", "answer lost", "late"];
const ACTIONS: readonly OperatorAction[] = ["retry", "retry anyway", "cancel", "resolve", "pause", "resume"];
const WEATHERS = (Object.keys(MANNERS) as Weather[]).filter((weather) => weather !== "good");

/** How often each fault is drawn, beside the others. */
const FAULTS: readonly (readonly [Exclude<Does, "write">, number])[] = [
	["crash", 5],
	["stop", 2],
	["freeze", 4],
	["cut", 2],
	["slow link", 1],
	["mishaps", 6],
	["lose notifications", 2],
	["break listener", 2],
	["restart database", 2],
	["hang in a claim", 1],
	["set clock", 1],
	["weather", 6],
	["trouble", 5],
	["rotate key", 1],
	["operate", 3],
];
/** After which nobody has to wait for a poll. */
export const QUIET = ["break listener", "slow link"] as const satisfies readonly Does[];
const WEIGHT = FAULTS.reduce((sum, [, weight]) => sum + weight, 0);

/** The story of a seed. One in four is about waking up: little goes wrong in it. */
export function makeStory(seed: number): Story {
	const dice = new Dice(seed);
	const isQuiet = dice.chance(0.25);
	const triggers = TRIGGERS.slice(0, dice.whole(1, TRIGGERS.length)).map((id) => makeTrigger(dice, id));
	const relays = dice.pick([1, 2, 2, 3]);
	const requestTimeoutMs = dice.pick([1_000, 2_000, 3_000]);
	const writes = makeWrites(dice, triggers, isQuiet);
	const events = writes.flatMap((scene) => (scene.does === "write" ? scene.events : []));
	const make = () => makeFault(dice, relays, triggers, events.length, isQuiet ? dice.pick(QUIET) : drawFault(dice));
	const faults = Array.from({ length: dice.whole(0, isQuiet ? 3 : 8) }, make);
	return {
		seed,
		relays,
		concurrency: dice.chance(0.1) ? dice.whole(1, 3) : dice.pick([8, 16]),
		requestTimeoutMs,
		leaseMs: requestTimeoutMs + dice.pick([1_500, 4_000, 10_000]),
		pollIntervalMs: isQuiet ? LONG_POLL_MS : dice.pick([500, 2_000, 5_000]),
		maxAttempts: dice.whole(2, 6),
		backoffBaseMs: dice.pick([50, 200, 1_000]),
		backoffCapMs: 4_000,
		triggers,
		scenes: [...writes, ...faults],
	};
}

function makeTrigger(dice: Dice, id: string): StoryTrigger {
	const isPlain = dice.chance(0.6);
	return {
		id,
		atMostOnce: dice.chance(0.3),
		maxAttempts: !isPlain && dice.chance(0.3) ? dice.whole(1, 4) : null,
		maxInFlight: !isPlain && dice.chance(0.5) ? dice.whole(1, 2) : null,
		ratePerSecond: !isPlain && dice.chance(0.4) ? dice.pick([2, 10]) : null,
	};
}

/** Transactions of applications: most are short, some stay open for seconds, a few are rolled back. */
function makeWrites(dice: Dice, triggers: readonly StoryTrigger[], isQuiet: boolean): Scene[] {
	let no = 0;
	const rushAt = dice.between(0, SPAN_MS);
	const rush = dice.chance(isQuiet ? 0.5 : 0.1) ? 0.6 : 0;
	return Array.from({ length: dice.whole(2, isQuiet ? 24 : 12) }, () => ({
		at: dice.chance(rush) ? rushAt + dice.between(0, 300) : dice.between(0, SPAN_MS),
		does: "write" as const,
		events: Array.from({ length: dice.pick([1, 1, 1, 2, 2, 3]) }, () => makeEvent(dice, no++, triggers)),
		holdMs: dice.often(0.2, 5_000),
		commits: !dice.chance(0.06),
	}));
}

function makeEvent(dice: Dice, no: number, triggers: readonly StoryTrigger[]): WrittenEvent {
	return {
		no,
		trigger: dice.pick(triggers).id,
		user: dice.chance(0.06) ? `poison-${no}` : `user-${dice.whole(0, 5)}`,
		key: dice.chance(0.4) ? dice.pick(KEYS) : null,
		afterMs: dice.chance(0.1) ? dice.between(0, 5_000) : null,
	};
}

function makeFault(
	dice: Dice,
	relays: number,
	triggers: readonly StoryTrigger[],
	events: number,
	does: Exclude<Does, "write">,
): Scene {
	const at = dice.between(0, SPAN_MS);
	const relay = dice.whole(0, relays - 1);
	switch (does) {
		case "crash":
			return { at, does, relay, afterCalls: dice.pick([0, 1, 2, 3, 5, 8]), downMs: dice.often(100, 20_000) };
		case "stop":
			return { at, does, relay, graceMs: dice.pick([500, 5_000, 20_000]), downMs: dice.often(100, 20_000) };
		case "freeze":
			return { at, does, relay, afterCalls: dice.whole(0, 8), ms: dice.often(50, 20_000), withClock: dice.chance(0.3) };
		case "cut":
			return { at, does, relay, ms: dice.often(50, 20_000) };
		case "slow link":
			return { at, does, relay, ms: dice.often(500, 20_000), times: dice.pick([10, 100, 1_000]) };
		case "mishaps":
			return { at, does, relay, mishaps: Array.from({ length: dice.pick([1, 1, 2, 5]) }, () => dice.pick(MISHAPS)) };
		case "lose notifications":
			return { at, does, relay, count: dice.pick([1, 3, 20]) };
		case "break listener":
			return { at, does, relay };
		case "restart database":
			return { at, does, downMs: dice.often(20, 10_000) };
		case "hang in a claim":
			return { at, does, ms: dice.often(100, 15_000) };
		case "set clock":
			return { at, does, byMs: dice.pick([-30_000, -1_000, 1_000, 30_000]) };
		case "weather":
			return {
				at,
				does,
				weather: dice.pick(WEATHERS),
				trigger: dice.chance(0.5) ? null : dice.pick(triggers).id,
				share: dice.pick([0.2, 0.6, 1]),
				ms: dice.often(500, 20_000),
			};
		case "trouble":
			return { at, does, trouble: dice.pick(TROUBLES), share: dice.pick([0.2, 0.6, 1]), ms: dice.often(500, 20_000) };
		case "rotate key":
			return { at, does, fileMs: dice.between(-2_000, 8_000) };
		case "operate":
			return {
				at,
				does,
				action: dice.pick(ACTIONS),
				event: dice.whole(0, events - 1),
				trigger: dice.pick(triggers).id,
			};
		default:
			return does satisfies never;
	}
}

function drawFault(dice: Dice): Exclude<Does, "write"> {
	let left = dice.next() * WEIGHT;
	for (const [does, weight] of FAULTS) {
		left -= weight;
		if (left < 0) return does;
	}
	return "crash";
}
