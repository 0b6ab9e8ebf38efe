import { Counter, Histogram, Registry } from "prom-client";
import { createProcessMetrics } from "./metrics.ts";
import type { ProcessUsage } from "./process-usage.ts";

const RESULTS = ["recorded", "known", "quarantined", "refused"] as const;

export interface WebhookMetrics {
	/** @param delayMs how long ago it happened, as Reward says; null: not known, or of no account */
	readonly observer: (result: (typeof RESULTS)[number], delayMs: number | null) => void;
	/** Prometheus text. */
	readonly text: () => Promise<string>;
}

/**
 * What a receiver of webhooks counts: docs/metrics.md tells each.
 * @param database one of many: its name is a label of everything
 */
export function createWebhookMetrics(database?: string): WebhookMetrics {
	const registry = new Registry();
	if (database !== undefined) registry.setDefaultLabels({ database });
	const registers = [registry];
	const webhooks = new Counter({
		name: "reward_outbox_webhooks_total",
		help: "Webhooks by what became of them.",
		labelNames: ["result"],
		registers,
	});
	for (const result of RESULTS) webhooks.inc({ result }, 0);
	const delay = new Histogram({
		name: "reward_outbox_webhook_delay_seconds",
		help: "From when an event happened, as Reward says, until its webhook was on disk.",
		buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 86400],
		registers,
	});
	return {
		observer: (result, delayMs) => {
			webhooks.inc({ result });
			if (delayMs !== null) delay.observe(Math.max(0, delayMs / 1000));
		},
		text: () => registry.metrics(),
	};
}

/** The same where nothing else runs, with those of the process. */
export interface ReceiverMetrics extends WebhookMetrics {
	readonly start: () => void;
	readonly stop: () => void;
}

/** @param version of reward-outbox */
export function createReceiverMetrics(version: string, usage: () => ProcessUsage): ReceiverMetrics {
	const received = createWebhookMetrics();
	const registry = new Registry();
	const { read, start, stop } = createProcessMetrics(registry, version, usage);
	const text = async () => {
		read();
		return `${await received.text()}${await registry.metrics()}`;
	};
	return { observer: received.observer, text, start, stop };
}
