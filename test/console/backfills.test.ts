import { beforeAll, describe, expect, test } from "vitest";
import { ORDER_PAID, ORDERS, users, watch } from "../watches/rules.ts";
import { noBrowser } from "./chromium.ts";
import { OPERATOR, VIEWER } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

const PHONE = 390;

describe.skipIf(noBrowser)("backfills at the console", () => {
	const stage = useConsole();
	beforeAll(async () => {
		const { database } = stage;
		await database.query(`${ORDERS}; ALTER TABLE orders ADD created_at timestamptz DEFAULT now()`);
		await database.query("INSERT INTO orders SELECT n, n, 1, 'paid' FROM generate_series(1, 120) n");
		await watch(database.pool, ORDER_PAID);
	});

	test("a person counts, begins, watches, stops and goes on, on a phone as well", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR, width: PHONE });
		await visitor.open("/watches");
		await visitor.page.getByRole("link", { name: "Backfill…" }).first().click();
		await visitor.sees("Say which rows are meant, or that every row is.");
		await visitor.press("Count");
		await visitor.sees("From, Before or Every row is needed.");
		await visitor.writes("From", "2020-01-01");
		await visitor.press("Count");
		await visitor.sees("120 of 120 rows would become events.");
		expect(await visitor.overflow()).toBe(0);
		expect(await visitor.barriers()).toEqual([]);
		expect(await users(stage.database.pool)).toEqual([]);
		await visitor.writes("Rows a second at most", "20");
		await visitor.press("Begin the backfill…");
		await visitor.writes(/^Reason/, "orders of before");
		expect(await visitor.barriers()).toEqual([]);
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Begin" }).click();
		await visitor.page.getByRole("progressbar").waitFor();
		await visitor.sees(/[1-9]\d* of 120 rows: [1-9]\d* became events/);
		expect(await visitor.overflow()).toBe(0);
		expect(await visitor.barriers()).toEqual([]);
		await visitor.press("Stop");
		await visitor.page.getByRole("row", { name: /stopped.*orders of before/ }).waitFor();
		const before = (await users(stage.database.pool)).length;
		expect(before).toBeLessThan(120);
		expect(await visitor.barriers()).toEqual([]);
		await visitor.page
			.getByRole("row", { name: /stopped/ })
			.getByRole("button", { name: "Resume" })
			.click();
		await visitor.page.getByRole("row", { name: /done.*120 of 120.*120 became events/ }).waitFor({ timeout: 30_000 });
		expect(new Set(await users(stage.database.pool)).size).toBe(120);
		await visitor.page.getByRole("link", { name: "decisions" }).first().click();
		await visitor.page
			.getByRole("row", { name: /watch_backfill/ })
			.first()
			.waitFor();
		expect(visitor.complaints).toEqual([]);
	});

	test("what is wrong with the choice is said where it is counted", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/watches/backfills?watch=order_paid&since=1d&column=craeted_at");
		await visitor.sees("public.orders has no column craeted_at");
		await visitor.sees("did you mean created_at?");
	});

	test("a viewer sees what ran, and may begin nothing", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/watches/backfills?watch=order_paid&all=1");
		await visitor.sees("Past backfills");
		await visitor.sees(/is a viewer/);
		expect(await visitor.page.getByRole("button", { name: /Begin|Count/ }).count()).toBe(0);
		expect(visitor.complaints).toEqual([]);
	});
});
