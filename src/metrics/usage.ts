import { Counter, Gauge, type Registry } from "prom-client";
import { type EventLoopDelay, registerEventLoop } from "./event-loop.ts";
import type { ProcessUsage } from "./process-usage.ts";

/**
 * Metrics of the process: its event loop always, the rest where `usage` tells it.
 * @returns what brings them up to date
 */
export function registerProcess(
	registers: Registry[],
	version: string,
	usage: (() => ProcessUsage) | undefined,
	delay: EventLoopDelay,
): () => void {
	const info = new Gauge({
		name: "reward_outbox_build_info",
		help: "1. The version is in the label.",
		labelNames: ["version"],
		registers,
	});
	info.set({ version }, 1);
	const loop = registerEventLoop(registers, delay);
	const system = usage === undefined ? () => {} : registerUsage(registers, usage);
	return () => {
		system();
		loop();
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
	const dropped = new Counter({
		name: "reward_outbox_log_lines_dropped_total",
		help: "Lines of the log that its reader did not take.",
		registers,
	});
	const started = gauge("start_time_seconds", "When the process started, as Unix time.");
	let seen = { cpuSeconds: 0, logLinesDropped: 0 };
	return () => {
		const now = usage();
		cpu.inc(Math.max(0, now.cpuSeconds - seen.cpuSeconds));
		dropped.inc(now.logLinesDropped - seen.logLinesDropped);
		seen = now;
		resident.set(now.residentBytes);
		heap.set(now.heapBytes);
		started.set(now.startedAtSeconds);
	};
}
