import { setImmediate as nextTurn } from "node:timers/promises";
import { Counter, Gauge, type Registry } from "prom-client";
import type { ProcessUsage } from "../process-usage.ts";

/**
 * Metrics of the process: its event loop always, the rest where `usage` tells it. Read when asked, without a timer in
 * between: an idle relay costs nothing.
 * @returns what brings them up to date
 */
export function registerProcess(
	registers: Registry[],
	version: string,
	usage: (() => ProcessUsage) | undefined,
): () => Promise<void> {
	const info = new Gauge({
		name: "reward_outbox_build_info",
		help: "1. The version is in the label.",
		labelNames: ["version"],
		registers,
	});
	info.set({ version }, 1);
	const loop = registerEventLoop(registers);
	const system = usage === undefined ? () => {} : registerUsage(registers, usage);
	return async () => {
		system();
		await loop();
	};
}

function registerEventLoop(registers: Registry[]): () => Promise<void> {
	const busy = new Counter({
		name: "reward_outbox_event_loop_busy_seconds_total",
		help: "Time the event loop was at work.",
		registers,
	});
	const lag = new Gauge({
		name: "reward_outbox_event_loop_lag_seconds",
		help: "How long one turn of the event loop took when this was read.",
		registers,
	});
	let seen = 0;
	return async () => {
		const { active } = performance.eventLoopUtilization();
		busy.inc(Math.max(0, active - seen) / 1000);
		seen = active;
		const askedAt = performance.now();
		await nextTurn();
		lag.set((performance.now() - askedAt) / 1000);
	};
}

function registerUsage(registers: Registry[], usage: () => ProcessUsage): () => void {
	const gauge = (name: string, help: string) => new Gauge({ name: `reward_outbox_process_${name}`, help, registers });
	const cpu = new Counter({
		name: "reward_outbox_process_cpu_seconds_total",
		help: "CPU time of the process, user and system.",
		registers,
	});
	const resident = gauge("resident_memory_bytes", "Memory of the process that is in RAM.");
	const heap = gauge("heap_bytes", "Memory that JavaScript objects take.");
	const started = gauge("start_time_seconds", "When the process started, as Unix time.");
	let seen = 0;
	return () => {
		const now = usage();
		cpu.inc(Math.max(0, now.cpuSeconds - seen));
		seen = now.cpuSeconds;
		resident.set(now.residentBytes);
		heap.set(now.heapBytes);
		started.set(now.startedAtSeconds);
	};
}
