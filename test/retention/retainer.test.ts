import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { SILENT } from "../../src/log.ts";
import { Retainer } from "../../src/retention/retainer.ts";
import { ManualClock } from "../timing/manual-clock.ts";

test("between two batches there is a tenth of a second, or three times what the last one took", async () => {
	const clock = new ManualClock();
	let batches = 0;
	const retainer = new Retainer({
		isAsked: async () => true,
		takeTurn: async () => true,
		retain: async () => {
			batches += 1;
			clock.advance(batches === 1 ? 10 : 400);
			return { deleted: 500, stripped: 0, more: true };
		},
		clock,
		random: () => 0,
		log: SILENT,
	});
	const after = async (ms: number) => {
		clock.advance(ms);
		for (let n = 0; n < 20; n += 1) await turn();
		return batches;
	};
	retainer.start();
	expect(await after(60_000)).toBe(1);
	expect(await after(99)).toBe(1);
	expect(await after(1)).toBe(2);
	expect(await after(1_199)).toBe(2);
	expect(await after(1)).toBe(3);
	await retainer.stop();
});
