import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RelayObserver } from "./parts.ts";

/** One reading of how many events are where. */
export interface DepthReading {
	/** Events by status; `delivered` is left out, because counting it would read the whole record. */
	readonly byStatus: Readonly<Record<string, number>>;
	/** Seconds the oldest due event has waited; 0: nothing is due. */
	readonly oldestDueAgeSeconds: number;
	readonly pausedTriggers: number;
	readonly unresolvedWatchErrors: number;
}

/** What a scrape reads at the moment it asks. */
export interface LiveReadings {
	/** Null: the database does not answer; the gauges then keep their last value. */
	readonly depth: () => Promise<DepthReading | null>;
	readonly relay: () => {
		inFlight: number;
		unwritten: number;
		databaseOk: boolean;
		pausedReason: string | null;
		listener: string;
	};
}

export interface Metrics {
	readonly observer: RelayObserver;
	/** Prometheus text, read now. */
	readonly text: () => Promise<string>;
}

/** The relay's Prometheus metrics. No label ever holds a user or an event id. */
export function createMetrics(live: LiveReadings): Metrics {
	const registers = [new Registry()];
	const [registry] = registers as [Registry];
	const attempts = new Counter({
		name: "reward_outbox_attempts_total",
		help: "Attempts by outcome: accepted, refused, not_sent, ambiguous.",
		labelNames: ["outcome"],
		registers,
	});
	for (const outcome of ["accepted", "refused", "not_sent", "ambiguous"]) attempts.inc({ outcome }, 0);
	const attemptSeconds = new Histogram({
		name: "reward_outbox_attempt_duration_seconds",
		help: "From the start of a request to its verdict.",
		buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
		registers,
	});
	const deliverySeconds = new Histogram({
		name: "reward_outbox_delivery_latency_seconds",
		help: "From the insert of an event (or its deliver_after) until Reward accepted it.",
		buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400],
		registers,
	});
	const claimed = new Counter({ name: "reward_outbox_claimed_events_total", help: "Events claimed.", registers });
	const claimSeconds = new Histogram({
		name: "reward_outbox_claim_duration_seconds",
		help: "Round trip of one claim.",
		buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
		registers,
	});
	const expired = new Counter({
		name: "reward_outbox_lease_expiries_total",
		help: "Events whose relay went silent.",
		registers,
	});
	const pauses = new Counter({
		name: "reward_outbox_pauses_total",
		help: "Pauses for faults of the configuration.",
		labelNames: ["scope"],
		registers,
	});
	for (const scope of ["relay", "trigger"]) pauses.inc({ scope }, 0);
	const readGauges = registerGauges(registers, live);

	const observer: RelayObserver = {
		attempt(_event, outcome, durationMs, writtenToDeliveredMs) {
			attempts.inc({ outcome: outcome.class });
			attemptSeconds.observe(durationMs / 1000);
			if (writtenToDeliveredMs !== null) deliverySeconds.observe(Math.max(0, writtenToDeliveredMs / 1000));
		},
		claimed(count, durationMs) {
			claimed.inc(count);
			claimSeconds.observe(durationMs / 1000);
		},
		expired: (count) => expired.inc(count),
		paused: (scope) => pauses.inc({ scope }),
	};
	const text = async (): Promise<string> => {
		await readGauges();
		return registry.metrics();
	};
	return { observer, text };
}

/** Returns what brings the gauges up to date. */
function registerGauges(registers: Registry[], live: LiveReadings): () => Promise<void> {
	const gauge = (name: string, help: string, labelNames: string[] = []) =>
		new Gauge({ name: `reward_outbox_${name}`, help, labelNames, registers });
	const depth = gauge("events", "Events by status. Delivered ones are not counted.", ["status"]);
	const oldest = gauge("oldest_due_age_seconds", "How long the oldest due event has waited; 0: none is due.");
	const triggersPaused = gauge("paused_triggers", "Triggers of which nothing is sent.");
	const missed = gauge(
		"unresolved_watch_errors",
		"Row changes that no watch could capture, until replayed or dismissed.",
	);
	const inFlight = gauge("in_flight_requests", "Requests under way.");
	const unwritten = gauge("unwritten_results", "Results not yet on record.");
	const databaseUp = gauge("database_up", "1: the database answers.");
	const paused = gauge("relay_paused", "1: this relay sends nothing but probes.");
	const listener = gauge(
		"listener_mode",
		"1 for the mode the listener is in: listening, polling, deaf or connecting.",
		["mode"],
	);
	const depthRead = gauge("scrape_depth_ok", "1: the depth was read for this scrape.");
	return async () => {
		const now = live.relay();
		inFlight.set(now.inFlight);
		unwritten.set(now.unwritten);
		databaseUp.set(now.databaseOk ? 1 : 0);
		paused.set(now.pausedReason === null ? 0 : 1);
		for (const mode of ["listening", "polling", "deaf", "connecting"])
			listener.set({ mode }, mode === now.listener ? 1 : 0);
		const reading = await live.depth();
		depthRead.set(reading === null ? 0 : 1);
		if (reading === null) return;
		for (const [status, count] of Object.entries(reading.byStatus)) depth.set({ status }, count);
		oldest.set(reading.oldestDueAgeSeconds);
		triggersPaused.set(reading.pausedTriggers);
		missed.set(reading.unresolvedWatchErrors);
	};
}
