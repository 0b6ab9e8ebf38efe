import { attention, type Condition } from "../event/attention.ts";
import { type Logger, logEvents } from "../log.ts";
import type { Clock } from "../relay/clock.ts";
import { Wait } from "../relay/wait.ts";
import type { AlertPolicy, DueAlert } from "../store/alerts.ts";
import type { PostAlert } from "./webhook.ts";

export interface AlertSettings extends AlertPolicy {
	/** How often somebody looks, however many relays there are. Milliseconds. */
	readonly everyMs: number;
}

/**
 * A minute, because most of what passes by itself does so within one; two until it is over, so that what flaps is told once.
 * A message is tried for about an hour.
 */
export const ALERT_SETTINGS: AlertSettings = {
	everyMs: 10_000,
	lastingMs: 60_000,
	goneMs: 120_000,
	most: 10,
	mostTries: 10,
	retryMs: 15_000,
};

export interface AlertParts {
	readonly readCondition: () => Promise<Condition>;
	readonly takeTurn: (everyMs: number) => Promise<boolean>;
	readonly observe: (seen: ReturnType<typeof attention>, policy: AlertPolicy) => Promise<DueAlert[]>;
	readonly told: (alert: DueAlert) => Promise<void>;
	readonly post: PostAlert;
	readonly onPosted: (taken: boolean) => void;
	/** In [0, 1). */
	readonly random: () => number;
	readonly clock: Clock;
	readonly log: Logger;
	/** The relay's name. */
	readonly relay: string;
}

/**
 * Tells a webhook what needs a person, and when that is over. Relays take turns: one looks for all, and the state is in the
 * database, so that each change is told once. Nothing of it touches the delivery.
 */
export class AlertHook {
	readonly #settings: AlertSettings;
	readonly #parts: AlertParts;
	readonly #wait: Wait;
	readonly #stopping = new AbortController();
	#running: Promise<void> | undefined;
	#failing = false;

	constructor(settings: AlertSettings, parts: AlertParts) {
		this.#settings = settings;
		this.#parts = parts;
		this.#wait = new Wait(parts.clock);
	}

	/** Calling it again, or after stop(), does nothing. */
	start(): void {
		if (!this.#stopping.signal.aborted) this.#running ??= this.#run();
	}

	/** What is being sent is cut off; another relay sends it again. May be called twice, and before start(). */
	async stop(): Promise<void> {
		this.#stopping.abort();
		this.#wait.end();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stopping;
		while (!signal.aborted) {
			await this.#look().catch((error) => this.#failed(error));
			if (!signal.aborted) await this.#wait.upTo(this.#settings.everyMs * (0.9 + this.#parts.random() * 0.2));
		}
	}

	async #look(): Promise<void> {
		const { takeTurn, readCondition, observe } = this.#parts;
		if (!(await takeTurn(this.#settings.everyMs))) return;
		const due = await observe(attention(withoutWords(await readCondition())), this.#settings);
		this.#failing = false;
		// All at once: one after the other, a slow receiver would keep them past the time at which they are handed out again.
		await Promise.all(due.map((alert) => this.#tell(alert)));
	}

	async #tell(alert: DueAlert): Promise<void> {
		const { post, told, onPosted, log, relay } = this.#parts;
		const { status, code, subject, severity, title, remedy, database } = alert;
		const since = alert.since.toISOString();
		const at = alert.at.toISOString();
		const message = { status, code, subject, severity, title, remedy, since, database, relay, at };
		const problem = await post(message, this.#stopping.signal);
		onPosted(problem === null);
		if (problem === null) {
			await told(alert);
			logEvents.alertTold(log, { status, code, subject });
		} else logEvents.alertNotTaken(log, { status, code, subject, error_code: problem });
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
