import { Counter, Histogram, type Registry } from "prom-client";
import { OUTCOME_CLASSES } from "../event/outcome.ts";
import type { RelayObserver } from "../relay/parts.ts";
import { registerTriggerCounters } from "./trigger-counters.ts";

/** What happened since the relay started: counted when it happens. */
export function registerCounters(registers: Registry[], mostTriggers: number): RelayObserver {
	const counter = (name: string, help: string) => new Counter({ name: `reward_outbox_${name}`, help, registers });
	const labelled = (name: string, help: string, label: string, values: readonly string[]) =>
		labelledCounter({ name: `reward_outbox_${name}`, help, label, values, registers });
	const attempts = labelled("attempts_total", "Attempts by outcome.", "outcome", OUTCOME_CLASSES);
	const responses = labelled("responses_total", "Attempts by HTTP status; none: no response.", "http_status", ["none"]);
	const decisions = labelled("decisions_total", "What attempts led to.", "next", [
		"delivered",
		"pending",
		"dead",
		"uncertain",
	]);
	const pauses = labelled("pauses_total", "Pauses for faults of the configuration.", "scope", ["relay", "trigger"]);
	const claimed = counter("claimed_events_total", "Events claimed.");
	const givenBack = counter("given_back_events_total", "Events claimed and handed back unsent.");
	const reaped = counter("reaped_events_total", "Events under expired leases that this relay reaped.");
	const settleFailures = counter("settle_failures_total", "Times that recording results failed and was tried again.");
	const lost = counter("lost_results_total", "Results that could not be recorded at all; their leases expire.");
	const spans = registerSpans(registers);
	const ofTrigger = registerTriggerCounters(registers, mostTriggers);
	return {
		attempt(event, outcome, durationMs, writtenToDeliveredMs, next) {
			attempts(outcome.class);
			responses(outcome.httpStatus === null ? "none" : String(outcome.httpStatus));
			decisions(next);
			ofTrigger(event.triggerId, next, writtenToDeliveredMs);
			spans.attempt.observe(durationMs / 1000);
			if (writtenToDeliveredMs !== null) spans.delivery.observe(Math.max(0, writtenToDeliveredMs / 1000));
		},
		claimed(count, durationMs) {
			claimed.inc(count);
			spans.claim.observe(durationMs / 1000);
		},
		settled(count, durationMs) {
			spans.settle.observe(durationMs / 1000);
			spans.settleBatch.observe(count);
		},
		settleFailed: () => settleFailures.inc(),
		lost: (count) => lost.inc(count),
		givenBack: (count) => givenBack.inc(count),
		reaped: (count) => reaped.inc(count),
		paused: pauses,
	};
}

interface LabelledCounter {
	readonly name: string;
	readonly help: string;
	readonly label: string;
	/** Those that count from zero: a rate of a series that appears with its first event would miss that event. */
	readonly values: readonly string[];
	readonly registers: Registry[];
}

/** Returns what counts one. Every attempt does, so the labels are not looked at before somebody scrapes. */
function labelledCounter({ name, help, label, values, registers }: LabelledCounter): (value: string) => void {
	const counted = new Map(values.map((value) => [value, 0]));
	new Counter({
		name,
		help,
		labelNames: [label],
		registers,
		collect() {
			for (const [value, count] of counted) this.inc({ [label]: value }, count);
			for (const value of counted.keys()) counted.set(value, 0);
		},
	});
	return (value) => void counted.set(value, (counted.get(value) ?? 0) + 1);
}

function registerSpans(registers: Registry[]) {
	const histogram = (name: string, help: string, buckets: number[]) =>
		new Histogram({ name: `reward_outbox_${name}`, help, buckets, registers });
	return {
		attempt: histogram(
			"attempt_duration_seconds",
			"From the start of a request to its verdict.",
			[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
		),
		delivery: histogram(
			"delivery_latency_seconds",
			"From the insert of an event (or its deliver_after) until Reward accepted it.",
			[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400],
		),
		claim: histogram(
			"claim_duration_seconds",
			"Round trip of one claim.",
			[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
		),
		settle: histogram(
			"settle_duration_seconds",
			"Recording one batch of results, retries included.",
			[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300],
		),
		settleBatch: histogram("settle_batch_size", "Results recorded at once.", [1, 2, 5, 10, 25, 50, 100, 250, 500]),
	};
}
