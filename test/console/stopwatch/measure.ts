import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type ConsoleUnderTest, OPERATOR } from "../console-under-test.ts";
import { Visitor } from "../visitor.ts";
import { inWords, type Measured } from "./in-words.ts";
import { type Place, WALKS } from "./walks.ts";

const PAGE = join(import.meta.dirname, "../../../docs/console.md");
const BETWEEN = /(?<=<!-- walks -->\n)[\s\S]*(?=<!-- end of the walks -->)/;

/** Goes through all walks, takes a picture of where each ends, and puts them into docs/console.md. */
export async function measure(browser: Browser, site: ConsoleUnderTest, place: Place, folder: string): Promise<void> {
	const measured: Measured[] = [];
	for (const walk of WALKS) {
		await using visitor = await Visitor.arrive(browser, site, { token: OPERATOR });
		await visitor.page.setViewportSize({ width: 1280, height: walk.height });
		await visitor.open(walk.from(place));
		await visitor.page.locator(".loading").first().waitFor({ state: "detached" });
		let machineMs = 0;
		for (const step of walk.steps) {
			const begun = performance.now();
			await step.act(visitor.page, place);
			machineMs += performance.now() - begun;
		}
		await visitor.page.screenshot({ path: join(folder, `${walk.picture}.png`) });
		measured.push({ walk, machineMs });
	}
	const text = await readFile(PAGE, "utf8");
	await writeFile(
		PAGE,
		text.replace(BETWEEN, () => `\n${inWords(measured)}\n`),
	);
}
