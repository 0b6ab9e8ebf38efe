import { DOUBTFUL_ANSWERS, isLastingDoubt, SAME_ANSWERS } from "../event/attribution.ts";
import type { Ambiguous } from "../event/outcome.ts";
import { RecentMap } from "./recent-map.ts";

/** Answers to events that are sent again count once in this time: what was under way together failed together. */
const APART_MS = 1_000;
const MOST_TRIGGERS = 10_000;

/** What a trigger's events were answered since the last of them was accepted. */
interface Doubts {
	readonly answer: string;
	/** Answers like the last one, in a row. */
	readonly same: number;
	readonly all: number;
	readonly countedAt: number;
}

/** A doubtful answer, and when. */
export interface DoubtfulAnswer {
	readonly triggerId: string;
	readonly outcome: Ambiguous;
	readonly atMostOnce: boolean;
	readonly startedAt: number;
	readonly now: number;
}

/**
 * Answers that leave it open, across the events of a trigger: each of many may have had only one of them. Any accepted
 * event begins anew.
 */
export class TriggerDoubts {
	readonly #doubts = new RecentMap<string, Doubts>(MOST_TRIGGERS);
	readonly #acceptedAt = new RecentMap<string, number>(MOST_TRIGGERS);

	accepted(triggerId: string, startedAt: number): void {
		this.#doubts.delete(triggerId);
		this.#acceptedAt.set(triggerId, startedAt);
	}

	/** Since the start of the latest request of the trigger that was accepted; null: none that is remembered. */
	acceptedMsAgo(triggerId: string, now: number): number | null {
		const at = this.#acceptedAt.get(triggerId);
		return at === undefined ? null : now - at;
	}

	add({ triggerId, outcome, atMostOnce, startedAt, now }: DoubtfulAnswer): void {
		const last = this.#doubts.get(triggerId);
		if (!atMostOnce && last !== undefined && startedAt < last.countedAt + APART_MS) return;
		// What was cut off differs each time, even where it looks the same.
		const answer = isLastingDoubt(outcome) ? `${outcome.httpStatus} ${outcome.errorCode}` : "cut off";
		const isSame = last?.answer === answer && isLastingDoubt(outcome);
		this.#doubts.set(triggerId, {
			answer,
			same: isSame ? last.same + 1 : 1,
			all: (last?.all ?? 0) + 1,
			countedAt: now,
		});
	}

	/** Whether there is nothing to be expected of further ones. */
	isHopeless(triggerId: string): boolean {
		const doubts = this.#doubts.get(triggerId);
		return doubts !== undefined && (doubts.same >= SAME_ANSWERS || doubts.all >= DOUBTFUL_ANSWERS);
	}
}
