import { describe, expect, inject, test } from "vitest";
import { runCampaign } from "./campaign.ts";
import { draw, mayCoincide } from "./draw.ts";
import { FAULTS } from "./faults/all.ts";
import { countFaults } from "./reckoning.ts";

const SEED = 1;

/** The first of what a seed draws. */
function firstOf(seed: number, count: number): string[] {
	const drawn = draw(seed);
	return Array.from({ length: count }, () => {
		const { afterMs, faults } = drawn.next().value;
		return `${afterMs} ${faults.map(({ fault, seed, afterMs }) => `${fault.name} ${seed} ${afterMs}`).join(" + ")}`;
	});
}

test("the same seed draws the same faults in the same order, and another one others", () => {
	expect(firstOf(7, 500)).toEqual(firstOf(7, 500));
	expect(firstOf(7, 500)).not.toEqual(firstOf(8, 500));
});

test("every fault is drawn, and no two of those that must not coincide", () => {
	const drawn = draw(1);
	const seen = new Set<string>();
	for (let n = 0; n < 5_000; n++) {
		const faults = drawn.next().value.faults.map(({ fault }) => fault);
		for (const { name } of faults) seen.add(name);
		for (const [n, one] of faults.entries())
			for (const other of faults.slice(n + 1)) expect(mayCoincide(one, other)).toBe(true);
	}
	expect([...seen].sort()).toEqual(FAULTS.map(({ name }) => name).sort());
	expect(seen.size).toBe(FAULTS.length);
});

// It stops and starts servers, so it has to have some of its own.
describe.skipIf(!inject("testServer").embedded)("a campaign", () => {
	test("of some seconds: nothing is lost or invented, and every duplicate is explained", {
		timeout: 240_000,
	}, async () => {
		const lines: string[] = [];
		const result = await runCampaign({
			// The same faults each time; others are for \`npm run chaos -- --seed N\`.
			seed: SEED,
			minutes: 0.2,
			relays: 3,
			eventsPerSecond: 150,
			diskMegabytes: 0,
			only: "",
			// What takes longest is tried by longer campaigns.
			faults: FAULTS.filter(({ name }) => !/failover|frozen for longer|one after the other/.test(name)),
			signal: new AbortController().signal,
			onProgress: (line) => void lines.push(line),
		});
		expect(result.violations, `seed ${result.seed}\n${lines.join("\n")}`).toEqual([]);
		expect(result.totals).toMatchObject({ lost: 0, stuck: 0, phantom: 0, unexplained: 0, "out of order": 0 });
		expect(countFaults(result)).toBeGreaterThan(0);
		expect(result.events).toBeGreaterThan(50);
		expect(result.searched.bytesOfLogs).toBeGreaterThan(1_000);
	});
});
