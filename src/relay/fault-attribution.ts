import {
	type Attribution,
	attributeUnexplained,
	isLastingDoubt,
	isSameAgain,
	SAME_ANSWERS,
} from "../event/attribution.ts";
import type { Ambiguous, Outcome, Refused } from "../event/outcome.ts";
import type { TriggerPauseCode } from "../event/pause.ts";
import { logEvents } from "../log.ts";
import type { ClaimedEvent } from "../store/claim.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { RelayParts, RelaySettings } from "./parts.ts";
import type { RelayPort } from "./port.ts";
import { RecentMap } from "./recent-map.ts";
import { RefusedUsers } from "./refused-users.ts";

/** A trigger that was paused is not paused again for each of its events that were under way. */
const PAUSED_JUST_NOW_MS = 1_000;
/** Between the pause and the first probe; the time between probes doubles. */
const PROBE_UNKNOWN_MS = 2_000;
/** A probe of a trigger whose answers leave everything open may pay out once more: it is for the case that nobody looks. */
const PROBE_DOUBT_MS = 3_600_000;
const MOST_TRIGGERS = 10_000;

/** Why a trigger is paused, for programs and for a person. */
interface TriggerPause {
	readonly code: TriggerPauseCode;
	readonly reason: string;
}

/** The last answers of a trigger whose events are sent once only. */
interface Doubts {
	readonly answer: string;
	readonly count: number;
}

export interface FaultAttributionOptions {
	readonly settings: RelaySettings;
	readonly parts: RelayParts;
	readonly session: DatabaseSession;
	readonly port: Pick<RelayPort, "keyReloaded" | "beside">;
}

/** Finds out whose fault an answer is that does not say so, and pauses a trigger for what only a person can mend. */
export class FaultAttribution {
	readonly #options: FaultAttributionOptions;
	readonly #refusedUsers = new RefusedUsers();
	readonly #doubts = new RecentMap<string, Doubts>(MOST_TRIGGERS);
	readonly #pausedAt = new RecentMap<string, number>(MOST_TRIGGERS);
	/** The answers that are being looked at. */
	#latest: Promise<unknown> = Promise.resolve();
	#acceptedSentAt: number | null = null;

	constructor(options: FaultAttributionOptions) {
		this.#options = options;
	}

	/** Another key is in use: what was accepted with the one before says nothing about it. */
	keyChanged(): void {
		this.#acceptedSentAt = null;
	}

	/** Takes note of an answer. True: {@link attribute} has to be asked. */
	observe({ triggerId, attempt, atMostOnce }: ClaimedEvent, startedAt: number, outcome: Outcome): boolean {
		switch (outcome.class) {
			case "accepted":
				this.#acceptedSentAt = Math.max(this.#acceptedSentAt ?? startedAt, startedAt);
				this.#refusedUsers.accepted(triggerId);
				this.#doubts.delete(triggerId);
				return false;
			case "not_sent":
				return false;
			case "ambiguous":
				return isLastingDoubt(outcome) && (atMostOnce || attempt >= SAME_ANSWERS);
			case "refused":
				return outcome.fault !== "event" && outcome.fault !== "pacing";
			default:
				return outcome satisfies never;
		}
	}

	/**
	 * Whose fault it is, with what follows from that for the key and the trigger. One answer after the other: the claims need
	 * the connections too. Never rejects: the outcome is recorded in any case, and the next attempt will be asked again.
	 */
	attribute(event: ClaimedEvent, outcome: Outcome): Promise<Attribution> {
		const attribution = this.#latest.then(() =>
			this.#attribute(event, outcome).catch((error): Attribution => {
				this.#options.session.failed(error);
				return "unknown";
			}),
		);
		this.#latest = attribution;
		this.#options.port.beside(attribution);
		return attribution;
	}

	async #attribute(event: ClaimedEvent, outcome: Outcome): Promise<Attribution> {
		const attribution = await this.#faultOf(event, outcome);
		const mayBeTheKey =
			outcome.class === "refused" && (outcome.fault === "configuration" || outcome.fault === "unexplained");
		const { parts, port } = this.#options;
		if (mayBeTheKey && attribution !== "event" && (await parts.reloadKey())) port.keyReloaded();
		return attribution;
	}

	async #faultOf(event: ClaimedEvent, outcome: Outcome): Promise<Attribution> {
		if (outcome.class === "refused") return await this.#attributeRefusal(event, outcome);
		if (outcome.class === "ambiguous" && (await this.#isRepeated(event, outcome))) {
			const status = outcome.httpStatus === null ? "" : `HTTP ${outcome.httpStatus}, `;
			const answer = `${status}${outcome.errorCode}`;
			const reason = `Reward, or what is in front of it, answers ${SAME_ANSWERS} times in a row what leaves open whether the event was applied (${answer}); each repeat may pay out again, so one is tried hourly at most. Mend what answers so, then resume the trigger`;
			await this.#pause(event.triggerId, { code: "lasting_doubt", reason }, PROBE_DOUBT_MS);
		}
		return "unknown";
	}

	async #attributeRefusal(event: ClaimedEvent, outcome: Refused): Promise<Attribution> {
		const { store, clock } = this.#options.parts;
		switch (outcome.fault) {
			case "unexplained": {
				const acceptedMsAgo = this.#acceptedSentAt === null ? null : clock.now() - this.#acceptedSentAt;
				if (event.attempt === 1 || acceptedMsAgo === null) return "unknown";
				return attributeUnexplained(await store.earlierAttempts(event.eventId, event.attempt, 1), acceptedMsAgo);
			}
			case "unknown_target": {
				const acceptedSince = await store.triggerAcceptedSince(event.triggerId, event.eventId);
				const attribution = this.#refusedUsers.attribute(event.triggerId, event.userId, acceptedSince);
				if (attribution === "trigger") await this.#pauseUnknown(event.triggerId, outcome);
				return attribution;
			}
			case "trigger":
				await this.#pauseUnknown(event.triggerId, outcome);
				return "trigger";
			case "event":
			case "configuration":
			case "pacing":
				return "unknown";
			default:
				return outcome.fault satisfies never;
		}
	}

	/** Sent again: the same event got the same answer. Sent once only: different events of the trigger did. */
	async #isRepeated(event: ClaimedEvent, outcome: Ambiguous): Promise<boolean> {
		const { eventId, triggerId, attempt, atMostOnce } = event;
		if (!atMostOnce)
			return isSameAgain(outcome, await this.#options.parts.store.earlierAttempts(eventId, attempt, SAME_ANSWERS - 1));
		const answer = `${outcome.httpStatus} ${outcome.errorCode}`;
		const last = this.#doubts.get(triggerId);
		const count = last?.answer === answer ? last.count + 1 : 1;
		this.#doubts.set(triggerId, { answer, count });
		return count >= SAME_ANSWERS;
	}

	#pauseUnknown(triggerId: string, { errorCode }: Refused): Promise<void> {
		const code = errorCode === null ? "" : `, ${errorCode}`;
		const reason = `Reward does not know this trigger (HTTP 404${code}); create it there, then it resumes by itself`;
		return this.#pause(triggerId, { code: "unknown_trigger", reason }, PROBE_UNKNOWN_MS);
	}

	async #pause(triggerId: string, { code, reason }: TriggerPause, probeEveryMs: number): Promise<void> {
		const { store, observer, log, clock } = this.#options.parts;
		const pausedAt = this.#pausedAt.get(triggerId);
		if (pausedAt !== undefined && clock.now() - pausedAt < PAUSED_JUST_NOW_MS) return;
		this.#pausedAt.set(triggerId, clock.now());
		if (!(await store.pauseForFault(triggerId, this.#options.settings.name, code, reason, probeEveryMs))) return;
		observer.paused("trigger");
		logEvents.paused(log, { scope: "trigger", trigger_id: triggerId, code, reason });
	}
}
