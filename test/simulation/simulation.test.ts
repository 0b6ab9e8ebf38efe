import { describe, expect, test } from "vitest";
import { drawDiagram, essential } from "./diagram.ts";
import { makeStory } from "./make-story.ts";
import { keptStories } from "./regressions.ts";
import { simulate } from "./simulate.ts";

const kept = await keptStories();
const hashOf = async (seed: number) => (await simulate(makeStory(seed))).hash;

describe("a simulated relay", () => {
	test("does the same for the same seed", async () => {
		expect(await hashOf(17)).toBe(await hashOf(17));
		expect(await hashOf(17)).not.toBe(await hashOf(18));
	});

	// They change with whatever relays do, and in which order: -u takes what they are now.
	test("does the same on every machine, and with every version of Node", async () => {
		expect([await hashOf(1), await hashOf(2), await hashOf(3)]).toMatchInlineSnapshot(`
			[
			  "1f49cd624a007463",
			  "69868f4851c71a43",
			  "08dcb8d31163c64b",
			]
		`);
	});

	test("keeps every promise in three hundred stories of crashes, lost answers, frozen relays and lies", {
		timeout: 120_000,
	}, async () => {
		let doubled = 0;
		for (let seed = 1; seed <= 300; seed++) {
			const { violation, ...report } = await simulate(makeStory(seed));
			expect(violation, `npm run simulate -- --seed ${seed} --trace`).toBeNull();
			doubled += report.doubled;
		}
		// Otherwise nothing was at stake.
		expect(doubled).toBeGreaterThan(10);
	});

	test.for(kept)("keeps them in the story $name", async ({ story }) => {
		const { violation, lines } = await simulate(story, { keepsLines: true });
		expect(violation, drawDiagram(essential(lines))).toBeNull();
	});
});
