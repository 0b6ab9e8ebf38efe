import { Counter, Gauge, Registry } from "prom-client";
import { createProcessMetrics } from "./metrics.ts";
import type { ProcessUsage } from "./process-usage.ts";

/** What a scrape reads of a relay for many databases, beside each of them. */
interface FleetReading {
	/** How many there are by state. */
	readonly databases: ReadonlyMap<string, number>;
	readonly ready: number;
	readonly fileOk: boolean;
	readonly inFlight: number;
	readonly waiting: number;
}

export interface FleetMetricsParts {
	/** Of reward-outbox. */
	readonly version: string;
	readonly processUsage: (() => ProcessUsage) | undefined;
	/** Requests in flight at most, over all databases. */
	readonly concurrency: number;
	readonly read: () => FleetReading;
}

/** What many databases have in common: docs/metrics.md tells each. */
export function createFleetMetrics({ version, processUsage, concurrency, read }: FleetMetricsParts) {
	const registry = new Registry();
	const registers = [registry];
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name: `reward_outbox_${name}`, help, labelNames, registers });
	const databases = gauge("databases", "Databases that this relay serves, by state.", ["state"]);
	const ready = gauge("databases_ready", "Databases whose events are delivered as they are written.");
	const fileOk = gauge("databases_file_ok", "1: the file with the databases was in order when it was read last.");
	const inFlight = gauge("shared_requests", "Requests under way, over all databases.");
	const waiting = gauge("databases_waiting", "Databases that have more to send than they have slots for.");
	gauge("shared_requests_limit", "Requests that may be under way, over all databases.").set(concurrency);
	const reloads = new Counter({
		name: "reward_outbox_databases_file_reads_total",
		help: "Times that the file with the databases was read again.",
		labelNames: ["result"],
		registers,
	});
	for (const result of ["ok", "failed"]) reloads.inc({ result }, 0);
	const ofProcess = createProcessMetrics(registry, version, processUsage);
	const text = async (): Promise<string> => {
		const now = read();
		for (const [state, count] of now.databases) databases.set({ state }, count);
		ready.set(now.ready);
		fileOk.set(now.fileOk ? 1 : 0);
		inFlight.set(now.inFlight);
		waiting.set(now.waiting);
		ofProcess.read();
		return registry.metrics();
	};
	const reloaded = (ok: boolean) => reloads.inc({ result: ok ? "ok" : "failed" });
	return { text, reloaded, start: ofProcess.start, stop: ofProcess.stop };
}
