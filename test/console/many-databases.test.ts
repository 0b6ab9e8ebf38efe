import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsolesServer, startConsolesServer } from "../../src/api/serve-many.ts";
import { SILENT } from "../../src/log.ts";
import { type TestDatabases, testDatabases } from "../lifecycle/fleet-process.ts";
import { insertOne } from "../store/events.ts";
import { buildPage } from "./built-page.ts";
import { launchChromium, noBrowser } from "./chromium.ts";
import { OPERATOR } from "./console-under-test.ts";

describe.skipIf(noBrowser)("a person who looks after many databases", () => {
	let browser: Browser;
	let databases: TestDatabases;
	let server: ConsolesServer;
	let removePage: () => Promise<void>;

	beforeAll(async () => {
		const page = await buildPage();
		removePage = () => page.remove();
		[browser, databases] = await Promise.all([launchChromium(), testDatabases(3)]);
		server = await startConsolesServer({
			host: "127.0.0.1",
			port: 0,
			tokens: [OPERATOR],
			databases: databases.all.map(({ url }, n) => ({
				name: `shop-${n}`,
				databaseUrl: url,
				maxAttempts: 20,
				isPaused: n === 2,
			})),
			health: async () => ({ ready: true }),
			logger: SILENT,
			pageFolders: [page.folder],
		});
	});
	afterAll(async () => {
		await browser?.close();
		await server?.close();
		await databases?.[Symbol.asyncDispose]();
		await removePage?.();
	});

	test("finds in which one an event is, opens it there, and goes on to another database", async () => {
		const id = await insertOne(databases.at(1), { user: "ada lovelace" });
		await insertOne(databases.at(0), { user: "somebody else" });
		const page = await browser.newPage();
		const complaints: string[] = [];
		page.on("pageerror", (error) => complaints.push(String(error)));
		page.on("console", (message) => {
			// The browser itself says so of the first look at who is signed in.
			if (message.type() === "error" && !/\b401\b/.test(message.text())) complaints.push(message.text());
		});
		await page.goto(`${server.url}/`);
		await page.getByLabel("Token").fill(OPERATOR.secret);
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.getByRole("heading", { name: "3 databases" }).waitFor();
		await page.getByText("paused in the file").waitFor();

		await page.getByLabel("Find events in all databases").fill("ada lovelace");
		await page.getByRole("button", { name: "Search all" }).click();
		const found = page.getByRole("region", { name: "shop-1", exact: true });
		await found.getByRole("link").first().click();
		await page.waitForURL(`${server.url}/databases/shop-1/console/events/${id}`);
		await page.getByRole("heading", { name: "What happened" }).waitFor();

		await page.getByRole("link", { name: "Events", exact: true }).click();
		await page.waitForURL(`${server.url}/databases/shop-1/console/events`);
		await page.getByLabel("Database").selectOption("shop-0");
		await page.waitForURL(`${server.url}/databases/shop-0/console/events`);
		await page.getByText("somebody else").waitFor();
		expect(await page.getByText("ada lovelace").count()).toBe(0);

		await page.getByLabel("Database").selectOption("All databases…");
		await page.getByRole("heading", { name: "3 databases" }).waitFor();
		await page.getByLabel("Name").fill("-2");
		await page.getByRole("link", { name: "shop-2" }).click();
		await page.waitForURL(`${server.url}/databases/shop-2/console/`);
		await page.getByRole("button", { name: "Sign out" }).click();
		await page.getByRole("heading", { name: "Sign in" }).waitFor();
		expect(complaints).toEqual([]);
	});
});
