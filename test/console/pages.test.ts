import { beforeAll, describe, expect, test } from "vitest";
import { noBrowser } from "./chromium.ts";
import { OPERATOR, VIEWER } from "./console-under-test.ts";
import { HOSTILE, seed } from "./seed.ts";
import { useConsole } from "./use-console.ts";
import type { Visitor } from "./visitor.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
const DECEIVING = /[\u202a-\u202e\u2066-\u2069\u200b\u001b\u009b]/;
const PHONE = 360;
const NARROW = 390;
const DESK = 1280;
/** What the browser's makers call good. */
const MOST_SHIFTED = 0.1;
const NO_SUCH_EVENT = "/events/00000000-0000-7000-8000-000000000000";

describe.skipIf(noBrowser)("the console's pages", () => {
	const stage = useConsole();
	let ids = { hostileId: "", deadId: "" };
	beforeAll(async () => {
		ids = await seed(stage);
	});

	/** Every page: its name, its address, and a text that is there when it is complete. */
	const pages: readonly (readonly [name: string, address: () => string, sign: string | RegExp])[] = [
		["overview", () => "/", "Success rate"],
		["list of events", () => "/events", "all events"],
		["empty list of events", () => "/events?user=nobody-at-all", "No event matches."],
		["live tail", () => "/events?live=1", "live"],
		["page of a hostile event", () => `/events/${ids.hostileId}`, "What happened"],
		["page of a dead event", () => `/events/${ids.deadId}`, /user_not_found/],
		["page of an event that is not there", () => NO_SUCH_EVENT, "There is no such event"],
		["failures", () => "/failures", "Cause"],
		["what was found", () => "/find?q=nobody", "Searched as"],
		["bulk page", () => "/bulk", "Past runs"],
		["bulk page with its counts", () => "/bulk?status=dead", "Matching, by status"],
		["triggers", () => "/triggers", "big_bonus"],
		["watches", () => "/watches", "waits for a replay"],
		["backfills", () => "/watches/backfills", "Past backfills"],
		["backfills with their counts", () => "/watches/backfills?watch=refund&all=1", "Rows that were tried"],
		["receipts", () => "/receipts", "Quarantine"],
		["retention", () => "/retention", "Policy"],
		["operations log", () => "/operations", "Decisions"],
		["page that does not exist", () => "/nowhere", "There is nothing at this address"],
	];

	/** The page as it is, in both colours, on a desk and on a phone; and whether its words have room at every width. */
	const examine = async (visitor: Visitor): Promise<string[]> => {
		const found: string[] = [];
		const shifted = await visitor.shifted();
		if (shifted > MOST_SHIFTED) found.push(`it jumps by ${shifted.toFixed(2)} while it comes in`);
		for (const width of [NARROW, 1024, 1280, 1920]) {
			await visitor.page.setViewportSize({ width, height: 800 });
			const crowded = await visitor.crowded();
			found.push(...crowded.map((one) => `at ${width} px: ${one}`));
			if ((await visitor.overflow()) > 0) found.push(`it is wider than a window of ${width} px`);
		}
		for (const width of [DESK, PHONE]) {
			await visitor.page.setViewportSize({ width, height: 800 });
			const overflow = await visitor.overflow();
			if (overflow > 0) found.push(`it is ${overflow} px wider than a window of ${width} px`);
			for (const colorScheme of ["light", "dark"] as const) {
				await visitor.page.emulateMedia({ colorScheme });
				const barriers = await visitor.barriers();
				found.push(...barriers.map((barrier) => `at ${width} px, ${colorScheme}: ${barrier}`));
			}
		}
		return found;
	};

	test.for(pages)(
		"no barriers in light and dark, on a desk and on a phone, no scrolling sideways, nothing that wraps, is cut off or jumps: %s",
		async ([, address, sign]) => {
			await using visitor = await stage.visitor({ token: OPERATOR });
			await visitor.open(address());
			await visitor.page.locator("main").getByText(sign).first().waitFor();
			await visitor.page.locator(".loading").first().waitFor({ state: "detached" });
			expect(await examine(visitor)).toEqual([]);
			expect(visitor.complaints).toEqual([]);
		},
	);

	test("nothing jumps on a phone while a page comes in", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR, width: NARROW });
		for (const [name, address, sign] of pages.filter(([name]) => !/^(?:failures|empty)/.test(name))) {
			await visitor.open(address());
			await visitor.page.locator("main").getByText(sign).first().waitFor();
			await visitor.page.locator(".loading").first().waitFor({ state: "detached" });
			expect(await visitor.shifted(), name).toBeLessThan(MOST_SHIFTED);
		}
	});

	test("have no barriers in the login, the dialogs and the menu of a phone", async () => {
		await using stranger = await stage.visitor({ width: PHONE });
		await stranger.open("/events");
		await stranger.sees("Where do I find a token?");
		expect(await stranger.barriers()).toEqual([]);
		await using visitor = await stage.visitor({ token: OPERATOR, width: PHONE, colours: "dark" });
		await visitor.open(`/events/${ids.hostileId}`);
		await visitor.sees("What happened");
		await visitor.press("Menu");
		expect(await visitor.barriers()).toEqual([]);
		await visitor.press("Retry…");
		await visitor.page.getByRole("dialog").waitFor();
		expect(await visitor.barriers()).toEqual([]);
		expect([await stranger.overflow(), await visitor.overflow()]).toEqual([0, 0]);
	});

	test("show hostile text as text: nothing runs, and what would deceive the eye is shown by its code", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open(`/events?user=${encodeURIComponent(HOSTILE.user)}`);
		await visitor.sees(HOSTILE.trigger);
		expect(await visitor.page.locator("main").innerText()).not.toMatch(DECEIVING);
		await visitor.open(`/events/${ids.hostileId}`);
		await visitor.sees("What happened");
		const facts = await visitor.page.locator(".facts").innerText();
		expect(facts).toContain(
			'<script>alert("user")</script>\\u{202e}\u{1f4b0} gnirts-desrever\\u{202c}\\u{200b}\\u{2066}',
		);
		expect(facts).toContain(HOSTILE.trigger);
		expect(facts).toContain("javascript:alert(1)//kkk");
		expect(facts).not.toContain("k".repeat(400));
		const payload = visitor.page.getByRole("region", { name: "payload as JSON" });
		const shown = await payload.innerText();
		expect(shown).toContain("</script><script>alert(2)</script>");
		expect(shown).toContain("\\u001b[31mred\\u001b[0m");
		expect(shown).toContain("\\u{202e}abc\\u{2069}");
		expect(shown.length).toBeLessThan(5000);
		expect(await visitor.page.locator("main").innerText()).not.toMatch(DECEIVING);
		await visitor.page.getByRole("button", { name: /show all 6\d,\d+ characters/ }).click();
		expect((await payload.innerText()).length).toBeGreaterThan(60 * 1024);
		expect(await visitor.page.locator("main img, main script, main b, main svg[onload]").count()).toBe(0);
		expect(await visitor.overflow()).toBe(0);
		expect(visitor.complaints).toEqual([]);
	});

	test("show numbers as they were sent, and copy what is there, not what is shown", async () => {
		const payload = '{"big": 12345678901234567890, "value": 1.10}';
		const user = "precise\u200buser";
		const id = await stage.write({ user, payload });
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
		await visitor.open(`/events/${id}`);
		await visitor.page.getByText("Raw").click();
		await visitor.sees('{"big":12345678901234567890,"value":1.10}');
		await visitor.press("Copy user");
		expect(await visitor.page.evaluate("navigator.clipboard.readText()")).toBe(user);
	});

	test("can be worked by keyboard: skip link, shortcuts, help, dialogs that keep the focus and close on Escape", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		const { page } = visitor;
		const focused = () => page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel");
		await visitor.open("/triggers");
		await visitor.sees("big_bonus");
		await page.keyboard.press("Tab");
		expect(await focused()).toBe("Skip to the content");
		await page.keyboard.press("g");
		await page.keyboard.press("e");
		await page.getByRole("heading", { name: "Events", exact: true }).waitFor();
		await page.keyboard.press("?");
		await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
		await page.keyboard.press("Escape");
		await page.getByRole("dialog").waitFor({ state: "detached" });
		await visitor.open(`/events/${ids.deadId}`);
		const retry = page.getByRole("button", { name: "Retry…" });
		await retry.focus();
		await page.keyboard.press("Enter");
		await page.getByRole("dialog").waitFor();
		for (let tabs = 0; tabs < 6; tabs++) {
			await page.keyboard.press("Tab");
			expect(
				await page.evaluate(
					"document.activeElement === document.body || document.activeElement.closest('dialog') !== null",
				),
			).toBe(true);
		}
		await page.keyboard.press("Escape");
		await page.getByRole("dialog").waitFor({ state: "detached" });
		expect(await focused()).toBe("Retry…");
	});

	test("tell a time as an age, and in UTC to whoever reaches it by keyboard", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open(`/events/${ids.deadId}`);
		const time = visitor.page.locator(".facts time").first();
		expect(await time.innerText()).toMatch(/20\d\d.*\(.*(ago|just now)\)/);
		await time.focus();
		expect(await time.innerText()).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
		expect(await time.getAttribute("title")).toMatch(/GMT\+|CE/);
	});

	test("remember the colours that were chosen", async () => {
		await using visitor = await stage.visitor({ token: VIEWER, colours: "light" });
		const background = () => visitor.page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
		await visitor.open("/triggers");
		await visitor.sees("big_bonus");
		const light = await background();
		await visitor.press(/^Colours: system/);
		await visitor.press(/^Colours: light/);
		const dark = await background();
		expect(dark).not.toBe(light);
		await visitor.page.reload();
		await visitor.sees("big_bonus");
		expect(await background()).toBe(dark);
	});

	test("page through what is there, to older events and back", async () => {
		await Promise.all(
			Array.from({ length: 60 }, (_, index) => stage.write({ user: `of many ${index}`, trigger: "many" })),
		);
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/events?trigger=many");
		const rows = visitor.page.getByRole("row", { name: /of many/ });
		await rows.nth(49).waitFor();
		const first = await rows.first().innerText();
		await visitor.press("Older");
		await expect.poll(() => rows.count()).toBe(10);
		await visitor.press("Newer");
		await expect.poll(() => rows.count()).toBe(50);
		expect((await rows.first().innerText()).slice(0, 40)).toBe(first.slice(0, 40));
	});

	test("export what they show", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/events?user=nobody");
		const [download] = await Promise.all([
			visitor.page.waitForEvent("download"),
			visitor.page.getByRole("link", { name: "CSV" }).click(),
		]);
		expect(download.suggestedFilename()).toMatch(/\.csv$/);
		expect(await download.failure()).toBeNull();
	});
});
