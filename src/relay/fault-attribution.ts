import {
	type Attribution,
	attributeDoubt,
	attributeUnexplained,
	isDoubtful,
	isHopelessDoubt,
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
import { TriggerDoubts } from "./trigger-doubts.ts";

/** A trigger that was paused is not paused again for each of its events that were under way. */
const PAUSED_JUST_NOW_MS = 1_000;
/** Between the pause and the first probe; the time between probes doubles. */
const PROBE_UNKNOWN_MS = 2_000;
/**
 * A probe of a trigger whose answers leave everything open may pay out once more: it is for the case that nobody looks.
 */
const PROBE_DOUBT_MS = 3_600_000;
const MOST_TRIGGERS = 10_000;
/** More than an event is tried by default. */
const MOST_ATTEMPTS_READ = 50;

/** Why a trigger is paused, for programs and for a person. */
interface TriggerPause {
	readonly code: TriggerPauseCode;
	readonly reason: string;
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
	readonly #doubts = new TriggerDoubts();
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
	observe(event: ClaimedEvent, startedAt: number, outcome: Outcome): boolean {
		switch (outcome.class) {
			case "accepted":
				this.#acceptedSentAt = Math.max(this.#acceptedSentAt ?? startedAt, startedAt);
				this.#refusedUsers.accepted(event.triggerId);
				this.#doubts.accepted(event.triggerId, startedAt);
				return false;
			case "not_sent":
				return false;
			case "ambiguous":
				return isDoubtful(outcome) && this.#observeDoubt(event, startedAt, outcome);
			case "refused":
				return outcome.fault !== "event" && outcome.fault !== "pacing";
			default:
				return outcome satisfies never;
		}
	}

	#observeDoubt({ triggerId, attempt, atMostOnce }: ClaimedEvent, startedAt: number, outcome: Ambiguous): boolean {
		const now = this.#options.parts.clock.now();
		this.#doubts.add({ triggerId, outcome, atMostOnce, startedAt, now });
		return attempt >= SAME_ANSWERS || this.#doubts.isHopeless(triggerId);
	}

	/**
	 * Whose fault it is, with what follows from that for the key and the trigger. One answer after the other: the claims
	 * need the connections too. Never rejects: the outcome is recorded in any case, and the next attempt will be asked
	 * again.
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
		return outcome.class === "ambiguous" ? await this.#attributeDoubt(event, outcome) : "unknown";
	}

	/** Asked again and again, one event tells; so do many of one trigger, each asked once or twice. */
	async #attributeDoubt(event: ClaimedEvent, outcome: Ambiguous): Promise<Attribution> {
		const { store, clock } = this.#options.parts;
		const { eventId, triggerId, attempt, atMostOnce } = event;
		const earlier =
			atMostOnce || attempt < SAME_ANSWERS ? [] : await store.earlierAttempts(eventId, attempt, MOST_ATTEMPTS_READ);
		const isHopeless = isHopelessDoubt(outcome, earlier);
		if (!isHopeless && !this.#doubts.isHopeless(triggerId)) return "unknown";
		const fault = attributeDoubt(earlier, this.#doubts.acceptedMsAgo(triggerId, clock.now()));
		if (fault === "trigger") await this.#pauseDoubtful(triggerId, outcome);
		return fault;
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

	#pauseDoubtful(triggerId: string, { httpStatus, errorCode }: Ambiguous): Promise<void> {
		const answer = httpStatus === null ? errorCode : `HTTP ${httpStatus}, ${errorCode}`;
		const reason = `Reward, or what is in front of it, answers again and again what leaves open whether the event was applied (the last time ${answer}); each repeat may pay out again, so one is tried hourly at most. Mend what answers so, then resume the trigger`;
		return this.#pause(triggerId, { code: "lasting_doubt", reason }, PROBE_DOUBT_MS);
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
