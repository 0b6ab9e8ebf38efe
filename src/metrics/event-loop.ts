import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

/** Between two looks at the clock: a delay is seen when one of them comes late. */
const RESOLUTION_MS = 20;
/**
 * What a reading tells of: this long at least, twice as long at most, so that no scrape misses what another one saw.
 */
const WINDOW_MS = 60_000;
const QUANTILES = [0.5, 0.99, 1] as const;

type Delays = ReturnType<typeof monitorEventLoopDelay>;

/** How long the event loop kept others waiting. While it stands still nothing is sent, answered or settled. */
export class EventLoopDelay {
	readonly #histogram: Delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	#since = performance.now();
	#before: readonly number[] = QUANTILES.map(() => 0);

	start(): void {
		this.#since = performance.now();
		this.#histogram.enable();
	}

	stop(): void {
		this.#histogram.disable();
	}

	/** Seconds, by quantile. */
	read(): ReadonlyMap<number, number> {
		const measured = QUANTILES.map((quantile) => secondsLate(this.#histogram, quantile));
		const seconds = new Map(
			QUANTILES.map((quantile, n) => [quantile, Math.max(measured[n] ?? 0, this.#before[n] ?? 0)]),
		);
		const now = performance.now();
		if (now - this.#since >= WINDOW_MS) {
			this.#since = now;
			this.#before = measured;
			this.#histogram.reset();
		}
		return seconds;
	}
}

function secondsLate(histogram: Delays, quantile: number): number {
	if (histogram.count === 0) return 0;
	const ns = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100);
	return Math.max(0, ns / 1e9 - RESOLUTION_MS / 1e3);
}

/** Returns what brings the metrics up to date. */
export function registerEventLoop(registers: Registry[], delay: EventLoopDelay): () => void {
	const busy = new Counter({
		name: "reward_outbox_event_loop_busy_seconds_total",
		help: "Time the event loop was at work.",
		registers,
	});
	const late = new Gauge({
		name: "reward_outbox_event_loop_delay_seconds",
		help: "How late the event loop came to its work in the last minute or two.",
		labelNames: ["quantile"],
		registers,
	});
	let seen = 0;
	return () => {
		const { active } = performance.eventLoopUtilization();
		busy.inc(Math.max(0, active - seen) / 1000);
		seen = active;
		for (const [quantile, seconds] of delay.read()) late.set({ quantile: String(quantile) }, seconds);
	};
}
