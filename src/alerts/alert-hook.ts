import type { Condition } from "../event/attention-entry.ts";
import { type Logger, logEvents } from "../log.ts";
import type { AlertPolicy, DueAlert } from "../store/alerts.ts";
import type { Clock } from "../timing/clock.ts";
import { Rounds } from "../timing/rounds.ts";
import { attentionInWords } from "../words/attention.ts";
import { consoleLink } from "./link.ts";
import type { AlertMessage } from "./message.ts";
import type { PostAlert } from "./webhook.ts";

export interface AlertSettings extends AlertPolicy {
	/** How often somebody looks, however many relays there are. Milliseconds. */
	readonly everyMs: number;
}

/**
 * A minute, because most of what passes by itself does so within one; two until it is over, so that what flaps is told
 * once. A message is tried for about an hour.
 */
export const ALERT_SETTINGS: AlertSettings = {
	everyMs: 10_000,
	lastingMs: 60_000,
	// Nothing is captured meanwhile. Half a minute, because who replaces a table makes its rules again at once.
	lastingMsOf: { broken_watch: 30_000, lost_changes: 0 },
	goneMs: 120_000,
	most: 10,
	mostTries: 10,
	retryMs: 15_000,
};

export interface AlertParts {
	readonly readCondition: () => Promise<Condition>;
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	readonly observe: (seen: ReturnType<typeof attentionInWords>, policy: AlertPolicy) => Promise<DueAlert[]>;
	readonly told: (alert: DueAlert) => Promise<void>;
	readonly post: PostAlert;
	readonly onPosted: (taken: boolean) => void;
	/** In [0, 1). */
	readonly random: () => number;
	readonly clock: Clock;
	readonly log: Logger;
	/** The relay's name. */
	readonly relay: string;
	/** Where people reach the console; undefined: messages have no link. */
	readonly consoleUrl: URL | undefined;
}

/**
 * Tells a webhook what needs a person, and when that is over. Relays take turns: one looks for all, and the state is in
 * the database, so that each change is told once. Nothing of it touches the delivery.
 */
export class AlertHook {
	readonly #settings: AlertSettings;
	readonly #parts: AlertParts;
	readonly #rounds: Rounds;
	#failing = false;

	constructor(settings: AlertSettings, parts: AlertParts) {
		this.#settings = settings;
		this.#parts = parts;
		const { clock, random } = parts;
		const round = (signal: AbortSignal) => this.#round(signal).catch((error) => this.#failed(error));
		this.#rounds = new Rounds({ everyMs: settings.everyMs, clock, random, round });
	}

	/** Calling it again, or after stop(), does nothing. */
	start(): void {
		this.#rounds.start();
	}

	/** What is being sent is cut off; another relay sends it again. May be called twice, and before start(). */
	stop(): Promise<void> {
		return this.#rounds.stop();
	}

	async #round(signal: AbortSignal): Promise<void> {
		const { takeTurn, readCondition, observe } = this.#parts;
		if (!(await takeTurn(this.#settings.everyMs))) return;
		const due = await observe(attentionInWords(withoutWords(await readCondition())), this.#settings);
		this.#failing = false;
		// All at once: one after the other, a slow receiver would keep them past the time at which they are handed out
		// again.
		await Promise.all(due.map((alert) => this.#tell(alert, signal)));
	}

	async #tell(alert: DueAlert, signal: AbortSignal): Promise<void> {
		const { post, told, onPosted, log } = this.#parts;
		const { status, code, subject } = alert;
		const problem = await post(this.#messageOf(alert), signal);
		onPosted(problem === null);
		if (problem === null) {
			await told(alert);
			logEvents.alertTold(log, { status, code, subject });
		} else logEvents.alertNotTaken(log, { status, code, subject, error_code: problem });
	}

	#messageOf({ since, at, incident, ...alert }: DueAlert): AlertMessage {
		const { relay, consoleUrl } = this.#parts;
		return {
			...alert,
			since: since.toISOString(),
			at: at.toISOString(),
			relay,
			dedup_key: `reward-outbox-${incident}`,
			link: consoleLink(consoleUrl, alert.code),
		};
	}

	/** The database does not answer, which the relay's own log tells: one line here for each time that it begins. */
	#failed(error: unknown): void {
		if (this.#failing) return;
		this.#failing = true;
		const code = (error as { code?: unknown } | null)?.code;
		logEvents.alertsUnread(this.#parts.log, { error_code: typeof code === "string" ? code : null });
	}
}

/** Why a person paused a trigger is free text: who knows what it tells of whom. It stays in the database. */
function withoutWords(condition: Condition): Condition {
	return {
		...condition,
		paused_triggers: condition.paused_triggers.map((trigger) =>
			trigger.probe_at === null && trigger.paused_reason !== null
				? { ...trigger, paused_reason: null, is_reason_withheld: true }
				: trigger,
		),
	};
}
