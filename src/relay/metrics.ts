import { Counter, Registry } from "prom-client";
import { registerCounters } from "./metrics/counters.ts";
import { EventLoopDelay } from "./metrics/event-loop.ts";
import { type LiveReadings, registerGauges } from "./metrics/gauges.ts";
import { registerProcess } from "./metrics/usage.ts";
import type { RelayObserver } from "./parts.ts";
import type { ProcessUsage } from "./process-usage.ts";

export interface MetricsOptions {
	readonly live: LiveReadings;
	/** Of reward-outbox. */
	readonly version: string;
	/** Undefined: the process belongs to an application, which has metrics of its own. */
	readonly processUsage: (() => ProcessUsage) | undefined;
}

export interface Metrics {
	readonly observer: RelayObserver;
	/** Prometheus text, read now. */
	readonly text: () => Promise<string>;
	/** A message to the alert webhook was taken, or was not. */
	readonly alertPosted: (taken: boolean) => void;
	/** From here on the delays of the event loop are measured, */
	readonly start: () => void;
	/** and until here. */
	readonly stop: () => void;
}

/** The relay's Prometheus metrics: docs/metrics.md tells each. No label ever holds a user or an event id. */
export function createMetrics({ live, version, processUsage }: MetricsOptions): Metrics {
	const registry = new Registry();
	const registers = [registry];
	const observer = registerCounters(registers);
	const readGauges = registerGauges(registers, live);
	const delay = new EventLoopDelay();
	const readProcess = registerProcess(registers, version, processUsage, delay);
	const posts = new Counter({
		name: "reward_outbox_alert_posts_total",
		help: "Messages to the alert webhook.",
		labelNames: ["result"],
		registers,
	});
	for (const result of ["taken", "failed"]) posts.inc({ result }, 0);
	const alertPosted = (taken: boolean) => posts.inc({ result: taken ? "taken" : "failed" });
	const text = async (): Promise<string> => {
		await readGauges();
		readProcess();
		return registry.metrics();
	};
	return { observer, text, alertPosted, start: () => delay.start(), stop: () => delay.stop() };
}
