/**
 * `npm run docs:screenshots`: makes the pictures of docs/images from a shop that never was, with a real relay and
 * console; and takes the time of what docs/console.md tells of.
 */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { createDemoDatabase } from "../../../src/demo/database.ts";
import { migrateToLatest } from "../../../src/store/migrate.ts";
import { launchChromium } from "../chromium.ts";
import { type ConsoleUnderTest, OPERATOR, startConsole } from "../console-under-test.ts";
import { measure } from "../stopwatch/measure.ts";
import { Visitor, type VisitorOptions } from "../visitor.ts";
import { openShop, type Shop } from "./shop.ts";

const FOLDER = join(import.meta.dirname, "../../../docs/images");
/** Larger ones would make the repository searches. Bytes. */
const LARGEST = 150 * 1024;

interface Picture {
	readonly name: string;
	readonly address: string;
	/** A text that is there when the page is complete. */
	readonly sign: string | RegExp;
	readonly height: number;
	readonly by?: VisitorOptions;
}

const pictures = ({ deadId }: Shop): readonly Picture[] => [
	{ name: "overview", address: "/", sign: "Success rate", height: 760 },
	{ name: "overview-dark", address: "/", sign: "Success rate", height: 760, by: { colours: "dark" } },
	{ name: "failures", address: "/failures", sign: "Cause", height: 480 },
	{ name: "events", address: "/events?status=dead", sign: "status dead", height: 700 },
	{ name: "event", address: `/events/${deadId}`, sign: "What people decided", height: 730 },
	{
		name: "event-phone-dark",
		address: `/events/${deadId}`,
		sign: "Attempts",
		height: 780,
		by: { width: 360, colours: "dark" },
	},
	{ name: "bulk", address: "/bulk?trigger=summer_campaign&status=dead", sign: "Matching, by status", height: 900 },
];

const database = await createDemoDatabase(process.env["DATABASE_URL"] ?? null, AbortSignal.timeout(60_000));
const pool = new pg.Pool({ connectionString: database.url, max: 2 });
try {
	await migrateToLatest(database.url);
	await using site = await startConsole(database.url);
	await takeAll(site, await openShop(pool, site));
} finally {
	await pool.end();
	await database.close();
}

async function takeAll(site: ConsoleUnderTest, shop: Shop): Promise<void> {
	await mkdir(FOLDER, { recursive: true });
	const browser = await launchChromium();
	try {
		for (const picture of pictures(shop)) {
			await using visitor = await Visitor.arrive(browser, site, { token: OPERATOR, ...picture.by });
			if (picture.name === "bulk") await beginBulkRun(visitor);
			await take(visitor, picture);
		}
		site.unknownUsers.delete(shop.user);
		await measure(browser, site, shop, FOLDER);
	} finally {
		await browser.close();
	}
}

/** So that there is a run to look at. */
async function beginBulkRun(visitor: Visitor): Promise<void> {
	await visitor.open("/bulk?trigger=summer_campaign&status=dead");
	await visitor.writes("Per second at most", "10");
	await visitor.press(/^Retry \d+ events…/);
	await visitor.writes("Reason", "the customers of the summer campaign exist now");
	await visitor.page
		.getByRole("dialog")
		.getByRole("button", { name: /^Retry/ })
		.click();
	await visitor.sees(/of \d+ events: [3-9]\d/);
}

async function take(visitor: Visitor, { name, address, sign, height }: Picture): Promise<void> {
	const path = join(FOLDER, `${name}.png`);
	const width = visitor.page.viewportSize()?.width ?? 1280;
	await visitor.page.setViewportSize({ width, height });
	await visitor.open(address);
	await visitor.page.locator("main").getByText(sign).first().waitFor();
	await visitor.page.locator(".loading").first().waitFor({ state: "detached" });
	await visitor.page.screenshot({ path });
	const { size } = await stat(path);
	if (size > LARGEST) throw new Error(`${path} has ${size} bytes; at most ${LARGEST} are wanted`);
	console.log(`${path}  ${Math.round(size / 1024)} KiB`);
}
