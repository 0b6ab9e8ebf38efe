import type { Violation } from "./invariants.ts";
import { makeStory } from "./make-story.ts";
import { simulate } from "./simulate.ts";

/** What became of some seeds in a row. */
export interface BatchReport {
	readonly seeds: number;
	readonly steps: number;
	readonly simulatedMs: number;
	readonly events: number;
	readonly requests: number;
	readonly doubled: number;
	/** Of all traces together, in whatever order they were run. */
	readonly hash: bigint;
	readonly failures: readonly { readonly seed: number; readonly violation: Violation }[];
}

export const NOTHING_RUN: BatchReport = {
	seeds: 0,
	steps: 0,
	simulatedMs: 0,
	events: 0,
	requests: 0,
	doubled: 0,
	hash: 0n,
	failures: [],
};

/** Runs the stories of some seeds in a row. */
export async function runBatch(from: number, count: number): Promise<BatchReport> {
	let all = NOTHING_RUN;
	for (let seed = from; seed < from + count; seed++) {
		const report = await simulate(makeStory(seed));
		const { violation, steps, simulatedMs, events, requests, doubled } = report;
		const failures = violation === null ? [] : [{ seed, violation }];
		const hash = BigInt(`0x${report.hash}`);
		all = together(all, { seeds: 1, steps, simulatedMs, events, requests, doubled, hash, failures });
	}
	return all;
}

export function together(a: BatchReport, b: BatchReport): BatchReport {
	return {
		seeds: a.seeds + b.seeds,
		steps: a.steps + b.steps,
		simulatedMs: a.simulatedMs + b.simulatedMs,
		events: a.events + b.events,
		requests: a.requests + b.requests,
		doubled: a.doubled + b.doubled,
		hash: a.hash ^ b.hash,
		failures: [...a.failures, ...b.failures],
	};
}
