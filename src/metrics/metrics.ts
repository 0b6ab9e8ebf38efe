import { Counter, Registry } from "prom-client";
import type { RelayObserver } from "../relay/parts.ts";
import { registerCounters } from "./counters.ts";
import { EventLoopDelay } from "./event-loop.ts";
import { type LiveReadings, registerGauges } from "./gauges.ts";
import type { ProcessUsage } from "./process-usage.ts";
import { MOST_TRIGGERS, MOST_TRIGGERS_OF_MANY } from "./trigger-counters.ts";
import { registerProcess } from "./usage.ts";

export interface MetricsOptions {
	readonly live: LiveReadings;
	/** Of reward-outbox. */
	readonly version: string;
	/** Undefined: the process belongs to an application, which has metrics of its own. */
	readonly processUsage: (() => ProcessUsage) | undefined;
	/** One of several databases: its name is a label of everything, and the metrics of the process are not among them. */
	readonly database?: string | undefined;
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
export function createMetrics({ live, version, processUsage, database }: MetricsOptions): Metrics {
	const registry = new Registry();
	if (database !== undefined) registry.setDefaultLabels({ database });
	const registers = [registry];
	const observer = registerCounters(registers, database === undefined ? MOST_TRIGGERS : MOST_TRIGGERS_OF_MANY);
	const readGauges = registerGauges(registers, live);
	const ofThisProcess = database === undefined ? createProcessMetrics(registry, version, processUsage) : NO_PROCESS;
	const alertPosted = tally(registers, "reward_outbox_alert_posts_total", "Messages to the alert webhook.");
	const heartbeatPinged = tally(registers, "reward_outbox_heartbeat_pings_total", "Pings of the dead man's switch.");
	const text = async (): Promise<string> => {
		await readGauges();
		ofThisProcess.read();
		return registry.metrics();
	};
	const { start, stop } = ofThisProcess;
	return { observer, text, alertPosted, heartbeatPinged, start, stop };
}

/** Metrics of the process, whatever runs in it. */
export interface ProcessMetrics {
	/** Brings them up to date. */
	readonly read: () => void;
	readonly start: () => void;
	readonly stop: () => void;
}

const NO_PROCESS: ProcessMetrics = { read() {}, start() {}, stop() {} };

export function createProcessMetrics(
	registry: Registry,
	version: string,
	processUsage: (() => ProcessUsage) | undefined,
): ProcessMetrics {
	const delay = new EventLoopDelay();
	const read = registerProcess([registry], version, processUsage, delay);
	return { read, start: () => delay.start(), stop: () => delay.stop() };
}

/** Counts what was taken and what was not; both are there from the start. */
function tally(registers: Registry[], name: string, help: string): (taken: boolean) => void {
	const counter = new Counter({ name, help, labelNames: ["result"], registers });
	for (const result of ["taken", "failed"]) counter.inc({ result }, 0);
	return (taken) => counter.inc({ result: taken ? "taken" : "failed" });
}
