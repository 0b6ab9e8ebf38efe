import { expect, test } from "vitest";
import { relayDatabase } from "../relay/running.ts";
import { Chance } from "./chance.ts";
import { type Lane, lengthOf, nameOf, runCases, sampleOf } from "./offsets/offsets.ts";
import { prepareLane, STREAMS, type Stream } from "./offsets/small-run.ts";

const LANES = 4;
/** Each of the first three blows at one byte of each stream; `npm run chaos:offsets` has the others. */
const CASES = 12;
const SEED = 1;

test("a relay that is struck at some byte of what it sends or receives: nothing is lost, and every duplicate is explained", {
	timeout: 240_000,
}, async () => {
	await using opened = new AsyncDisposableStack();
	const lanes: Lane[] = [];
	for (let n = 0; n < LANES; n++) {
		const { url } = opened.use(await relayDatabase());
		const pool = await prepareLane(url);
		opened.defer(() => pool.end());
		lanes.push({ url, pool });
	}
	const [first] = lanes as [Lane, ...Lane[]];
	const lengths = new Map<Stream, number>();
	for (const stream of STREAMS) lengths.set(stream, await lengthOf(first.url, first.pool, stream));
	const violations: string[] = [];
	let reached = 0;
	await runCases(
		lanes,
		sampleOf(lengths, CASES, new Chance(SEED)),
		(one, result) => {
			if (result.isReached) reached++;
			violations.push(...result.violations.map((violation) => `${nameOf(one)}: ${violation}`));
		},
		new AbortController().signal,
	);
	expect(violations).toEqual([]);
	expect(reached).toBeGreaterThan(0);
});
