import type pg from "pg";
import { TROUBLES } from "../../support/bad-connection.ts";
import type { Chance } from "../chance.ts";
import { type Case, type CaseResult, runCase, STREAMS, type Stream } from "./small-run.ts";

export const BLOWS = ["killed", ...TROUBLES] as const;

/** How many bytes go through a stream in a small run that nothing happens to. */
export async function lengthOf(url: string, pool: pg.Pool, stream: Stream): Promise<number> {
	const result = await runCase(url, pool, { ...stream, offset: Number.POSITIVE_INFINITY, trouble: "closed" });
	if (result.violations.length > 0) throw new Error(result.violations.join("\n"));
	return result.bytes;
}

/** Every `step`th byte of every stream, each with every trouble. */
export function* casesOf(lengths: ReadonlyMap<Stream, number>, step: number): Generator<Case> {
	for (const trouble of BLOWS)
		for (const [stream, length] of lengths)
			for (let offset = 0; offset <= length; offset += step) yield { ...stream, trouble, offset };
}

/** So many of them, one of each trouble and stream in turn, the byte left to chance. */
export function* sampleOf(lengths: ReadonlyMap<Stream, number>, count: number, chance: Chance): Generator<Case> {
	const kinds = BLOWS.flatMap((trouble) => STREAMS.map((stream) => ({ stream, trouble })));
	for (let n = 0; n < count; n++) {
		const { stream, trouble } = kinds[n % kinds.length] as (typeof kinds)[number];
		yield { ...stream, trouble, offset: chance.below((lengths.get(stream) ?? 0) + 1) };
	}
}

export interface Lane {
	readonly url: string;
	readonly pool: pg.Pool;
}

/** Runs them, in each lane one after the other. Ends early at the signal. */
export async function runCases(
	lanes: readonly Lane[],
	cases: Iterator<Case>,
	onResult: (one: Case, result: CaseResult) => void,
	signal: AbortSignal,
): Promise<void> {
	const work = async ({ url, pool }: Lane) => {
		for (let next = cases.next(); !next.done && !signal.aborted; next = cases.next())
			onResult(next.value, await runCase(url, pool, next.value));
	};
	await Promise.all(lanes.map(work));
}

export function nameOf({ to, direction, trouble, offset }: Case): string {
	return `${to}, ${direction}, byte ${offset}: ${trouble}`;
}
