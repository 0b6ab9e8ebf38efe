import { ALERT_SETTINGS, AlertHook } from "../alerts/alert-hook.ts";
import { Heartbeat } from "../alerts/heartbeat.ts";
import { alertTarget } from "../alerts/target.ts";
import { createAlertWebhook, createPing, type Way } from "../alerts/webhook.ts";
import type { AlertConfig } from "../config/alert-part.ts";
import { type ProxyConfig, proxyFor } from "../config/proxy-part.ts";
import { SETTINGS } from "../config/settings.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { alertTold, observeAttention, takeAlertTurn } from "../store/alerts.ts";
import type { Database } from "../store/database.ts";
import { readCondition } from "../store/inspect/condition.ts";
import { systemClock } from "../timing/system-clock.ts";

/** How long a receiver may take to answer. */
const ALERT_TIMEOUT_MS = 5_000;

interface Surroundings {
	readonly db: Database;
	/** The relay's. */
	readonly name: string;
	readonly userAgent: string;
	readonly proxy: ProxyConfig;
	readonly metrics: Pick<Metrics, "alertPosted" | "heartbeatPinged">;
	readonly log: Logger;
}

/** What tells the world about a relay, with everything real: alerts and the dead man's switch. */
export class Alerting {
	readonly #parts: readonly (AlertHook | Heartbeat)[];

	constructor(config: AlertConfig, surroundings: Surroundings) {
		const parts = [createAlertHook(config, surroundings), createHeartbeat(config, surroundings)];
		this.#parts = parts.filter((part) => part !== null);
	}

	start(): void {
		for (const part of this.#parts) part.start();
	}

	/** May be called twice, and before start(). */
	async stop(): Promise<void> {
		await Promise.all(this.#parts.map((part) => part.stop()));
	}
}

const AMBIENT = { random: Math.random, clock: systemClock };

function createAlertHook(
	config: AlertConfig,
	{ db, name, userAgent, proxy, metrics, log }: Surroundings,
): AlertHook | null {
	const target = alertTarget(config);
	if (target === null) return null;
	return new AlertHook(ALERT_SETTINGS, {
		...AMBIENT,
		readCondition: () => readCondition(db),
		takeTurn: (everyMs) => takeAlertTurn(db, "look", everyMs),
		observe: (seen, policy) => observeAttention(db, seen, policy),
		told: (alert) => alertTold(db, alert),
		post: createAlertWebhook(target, userAgent, wayTo(target.url, proxy)),
		onPosted: metrics.alertPosted,
		log,
		relay: name,
		consoleUrl: config.consoleUrl,
	});
}

function createHeartbeat(config: AlertConfig, { db, userAgent, proxy, metrics, log }: Surroundings): Heartbeat | null {
	if (config.heartbeatUrl === undefined) return null;
	return new Heartbeat({
		...AMBIENT,
		everyMs: config.heartbeatIntervalMs ?? SETTINGS.heartbeatIntervalMs.default,
		takeTurn: (everyMs) => takeAlertTurn(db, "heartbeat", everyMs),
		ping: createPing(config.heartbeatUrl, userAgent, wayTo(config.heartbeatUrl, proxy)),
		onPinged: metrics.heartbeatPinged,
		log,
	});
}

function wayTo(url: URL, proxy: ProxyConfig): Way {
	return { proxy: proxyFor(url, proxy), timeoutMs: ALERT_TIMEOUT_MS };
}
