import { describe, expect, test } from "vitest";
import { noBrowser } from "./chromium.ts";
import { VIEWER } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

const MISSED = 395;

describe.skipIf(noBrowser)("the live tail on the page", () => {
	const stage = useConsole();

	test("says where events are missing after an interruption, and leads to them", async () => {
		await stage.site.stopRelay();
		await stage.write({ user: "before", trigger: "interrupted" });
		await using visitor = await stage.visitor({ token: VIEWER });
		const look = (isAway: boolean) =>
			visitor.page.evaluate(`
				Object.defineProperty(document, "hidden", { get: () => ${isAway}, configurable: true });
				document.dispatchEvent(new Event("visibilitychange"))`);
		await visitor.open("/events?live=1&trigger=interrupted");
		await visitor.page.getByRole("row", { name: /before/ }).waitFor();
		await look(true);
		await stage.database.query(
			"INSERT INTO reward_outbox.outbox (trigger_id, user_id) SELECT 'interrupted', 'missed' FROM generate_series(1, $1)",
			[MISSED],
		);
		await look(false);
		await visitor.page
			.getByRole("row", { name: /missed/ })
			.nth(99)
			.waitFor();
		const marker = visitor.page.locator(".gap");
		await marker.getByText(/came faster than they could be shown/).waitFor();
		const rows = await visitor.page.locator("tbody tr").allInnerTexts();
		expect(rows.findIndex((text) => /came faster/.test(text))).toBe(rows.findIndex((text) => /before/.test(text)) - 1);
		await marker.getByRole("link", { name: "Show them" }).click();
		await visitor.page
			.getByRole("row", { name: /missed/ })
			.nth(49)
			.waitFor();
		expect(visitor.page.url()).toMatch(/trigger=interrupted.*since=.*until=/);
		expect(visitor.complaints).toEqual([]);
	});
});
