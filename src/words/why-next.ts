import type { Facts } from "../event/facts.ts";
import { pauseReason, pauseRemedy, relayPauseReason, relayPauseRemedy } from "./remedy.ts";
import { momentInWords, sinceInWords } from "./span.ts";
import { heldLines, someUnnamed } from "./why-held.ts";
import { quoted } from "./why-history.ts";

/** A due event that was not claimed for this long deserves more than "any moment". */
const LONG_DUE_MS = 10_000;
/** A relay holds a trigger back for half a minute at a time. */
const SOON_MS = 60_000;

/** What stands between a pending event and its next attempt, and when that is. */
export function nextForPending(facts: Facts): string[] {
	const obstacles = [
		...relayObstacles(facts),
		...triggerObstacle(facts),
		...orderObstacle(facts),
		...timeObstacle(facts),
		...holdObstacles(facts),
	];
	return [...(obstacles.length > 0 ? obstacles : dueLines(facts)), ...budgetLines(facts)];
}

/** Nobody to send it: no relay, or none that may. */
export function relayObstacles({ relays, last_relay: last, now }: Facts): string[] {
	if (relays.length === 0) {
		const seen =
			last === null
				? "none has ever run here"
				: `the last one, ${last.name}, ${last.stopped_at === null ? "was last seen" : "stopped"} ${momentInWords(last.stopped_at ?? last.seen_at, now)}`;
		return [`Nothing is sent at the moment: no relay is alive (${seen}). Start one: reward-outbox relay`];
	}
	const reasons = relays.map((relay) => relayPauseReason(relay, now));
	if (reasons.some((reason) => reason === null)) return [];
	const what = relays.length === 1 ? `the relay ${relays[0]?.name} is` : `all ${relays.length} relays are`;
	const remedy = relayPauseRemedy(relays[0]?.paused_code ?? null);
	return [`Nothing is sent at the moment: ${what} ${reasons[0]}. ${remedy}`];
}

function triggerObstacle({ trigger, now }: Facts): string[] {
	const reason = trigger === null ? null : pauseReason(trigger, now);
	return trigger === null || reason === null ? [] : [`Its trigger is ${reason}. ${pauseRemedy(trigger, now)}`];
}

function orderObstacle({ event, held_back_by: head }: Facts): string[] {
	const key = event.ordering_key === null ? "" : ` ${quoted(event.ordering_key)}`;
	if (head !== null) {
		return [
			`It is held back: the event ${head.id} of the same ordering key${key} is ${head.status} and has to end first. See: reward-outbox events why ${head.id}`,
		];
	}
	return event.blocked
		? [`It is held back behind an earlier event of its ordering key${key}, which is just ending.`]
		: [];
}

function timeObstacle({ event, now }: Facts): string[] {
	const at = event.next_attempt_at;
	if (at === null || at <= now) return [];
	const isDelay = event.deliver_after !== null && event.attempts === 0;
	return [
		isDelay
			? `It waits for its time: it is sent ${momentInWords(at, now)}, as deliver_after asks.`
			: `The next attempt is made ${momentInWords(at, now)}. To have it made now: reward-outbox events retry ${event.id}`,
	];
}

/** What is due later is not told what ends sooner. */
function holdObstacles({ event, relays, now }: Facts): string[] {
	if (event.next_attempt_at !== null && event.next_attempt_at.getTime() - now.getTime() > SOON_MS) return [];
	return heldLines(relays, event.trigger_id, now);
}

function dueLines({ event, trigger, relays, trigger_in_flight: inFlight, now }: Facts): string[] {
	if (trigger?.max_in_flight != null && inFlight >= trigger.max_in_flight) {
		return [
			`It is due, and waits for its trigger's limit: at most ${trigger.max_in_flight} in flight, and ${inFlight} are.`,
		];
	}
	if (trigger?.rate_per_second != null) {
		return [`It is due, and goes as its trigger's limit of ${trigger.rate_per_second} per second allows.`];
	}
	const since = event.next_attempt_at ?? event.created_at;
	if (now.getTime() - since.getTime() < LONG_DUE_MS)
		return ["It is due: a relay takes it as soon as it has a free slot."];
	const unnamed = someUnnamed(relays) ? ", or hold its trigger back: they hold back more than they name" : "";
	return [`It has been due ${sinceInWords(since, now)}. The relays are busy with earlier events${unnamed}.`];
}

function budgetLines({ event, trigger, default_max_attempts: byDefault }: Facts): string[] {
	if (event.attempts === 0) return [];
	const limit = trigger?.max_attempts ?? byDefault;
	const counted = event.attempts - event.excused;
	const left = Math.max(limit - counted, 1);
	const whose =
		trigger?.max_attempts == null ? "the relay's limit, unless it is configured otherwise" : "its trigger's limit";
	const excused =
		event.excused === 0
			? ""
			: ` ${event.excused} of the ${event.attempts} attempts so far do not count: Reward refused the key, or did not say what it refused, or asked to slow down, or a person had it sent again.`;
	return [`It has ${left} of ${limit} attempts left (${whose}); after that it is dead.${excused}`];
}
