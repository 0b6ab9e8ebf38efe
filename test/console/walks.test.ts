import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { noBrowser } from "./chromium.ts";
import { OPERATOR } from "./console-under-test.ts";
import { stepsOf } from "./stopwatch/in-words.ts";
import { type Place, personSeconds, WALKS } from "./stopwatch/walks.ts";
import { useConsole } from "./use-console.ts";

const MOST_SECONDS = 30;

describe.skipIf(noBrowser)("what an operator is asked", () => {
	const stage = useConsole();
	let place: Place;
	beforeAll(async () => {
		const { site } = stage;
		site.unknownUsers.add("hedy");
		site.unluckyUsers.add("kay");
		const dead = await stage.write({ user: "hedy", metadata: '{"order_id": 4711}' });
		const lateId = await stage.write({ user: "kay" });
		await vi.waitFor(
			async () => {
				const { rows } = await stage.database.query("SELECT attempts FROM reward_outbox.events WHERE id = $1", [
					lateId,
				]);
				expect(Number(rows[0]?.["attempts"])).toBeGreaterThan(1);
			},
			{ timeout: 20_000, interval: 50 },
		);
		site.unluckyUsers.delete("kay");
		await stage.becomes(dead, "dead");
		await stage.becomes(lateId, "delivered");
		site.unknownUsers.delete("hedy");
		place = { order: "4711", user: "hedy", lateId };
	});

	test.for(WALKS)("$name: is answered, by the steps that docs/console.md tells", async (walk) => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open(walk.from(place));
		await visitor.page.locator("main h1").first().waitFor();
		for (const step of walk.steps) await step.act(visitor.page, place);
		expect(visitor.complaints).toEqual([]);
		expect(personSeconds(walk)).toBeLessThan(MOST_SECONDS);
		const page = await readFile(join(import.meta.dirname, "../../docs/console.md"), "utf8");
		const words = (text: string) => text.replace(/\s+/g, " ");
		expect(words(page)).toContain(words(stepsOf(walk)));
	});
});
