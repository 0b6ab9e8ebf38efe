import { Counter, Registry } from "prom-client";
import type { RelayObserver } from "../relay/parts.ts";
import { registerCounters } from "./counters.ts";
import { EventLoopDelay } from "./event-loop.ts";
import { type LiveReadings, registerGauges } from "./gauges.ts";
import type { ProcessUsage } from "./process-usage.ts";
import { registerProcess } from "./usage.ts";

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
	/** A ping of the dead man's switch was taken, or was not. */
	readonly heartbeatPinged: (taken: boolean) => void;
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
	const alertPosted = tally(registers, "reward_outbox_alert_posts_total", "Messages to the alert webhook.");
	const heartbeatPinged = tally(registers, "reward_outbox_heartbeat_pings_total", "Pings of the dead man's switch.");
	const text = async (): Promise<string> => {
		await readGauges();
		readProcess();
		return registry.metrics();
	};
	return { observer, text, alertPosted, heartbeatPinged, start: () => delay.start(), stop: () => delay.stop() };
}

/** Counts what was taken and what was not; both are there from the start. */
function tally(registers: Registry[], name: string, help: string): (taken: boolean) => void {
	const counter = new Counter({ name, help, labelNames: ["result"], registers });
	for (const result of ["taken", "failed"]) counter.inc({ result }, 0);
	return (taken) => counter.inc({ result: taken ? "taken" : "failed" });
}
