import { beforeAll, describe, expect, test } from "vitest";
import { noBrowser } from "./chromium.ts";
import { OPERATOR, VIEWER } from "./console-under-test.ts";
import { HOSTILE } from "./seed.ts";
import { useConsole } from "./use-console.ts";

const ORDER = 4711;

describe.skipIf(noBrowser)("an operator's day", () => {
	const stage = useConsole();
	let id = "";

	beforeAll(async () => {
		for (const user of ["hedy", "ada", "grace", HOSTILE.user]) stage.site.unknownUsers.add(user);
		id = await stage.write({
			user: "hedy",
			metadata: `{"order_id": ${ORDER}, "shop": "Berlin"}`,
			idempotencyKey: `order-${ORDER}-paid`,
		});
		await stage.becomes(await stage.write({ user: "ada" }), "dead");
		await stage.becomes(await stage.write({ user: HOSTILE.user, trigger: "t".repeat(300) }), "dead");
		await stage.becomes(id, "dead");
	});

	test.for(["4711", "order 4711", "order_id = 4711", "order-4711-paid", "hedy"])(
		"finds the event of a customer by typing %s, and learns what was searched",
		async (typed) => {
			await using visitor = await stage.visitor({ token: VIEWER });
			await visitor.open("/");
			await visitor.page.getByRole("searchbox", { name: /Find events/ }).fill(typed);
			await visitor.page.keyboard.press("Enter");
			await visitor.sees(/^Searched as/);
			await visitor.page.getByRole("row", { name: /hedy/ }).getByRole("link").first().click();
			await visitor.page.getByRole("heading", { name: /successful_payment for hedy/, level: 1 }).waitFor();
			expect(visitor.complaints).toEqual([]);
		},
	);

	test("finds an event by the id as lists show it, and by its beginning", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		for (const typed of [`${id.slice(0, 8)}…${id.slice(-6)}`, id.slice(0, 13)]) {
			await visitor.open(`/find?q=${encodeURIComponent(typed)}`);
			await visitor.page.getByRole("row", { name: /hedy/ }).waitFor();
		}
		await visitor.open("/find?q=nothing-of-the-kind");
		await visitor.sees("Nothing was found");
	});

	test("sees what fails by its cause first, and repairs all of a cause with one action", async () => {
		for (const user of ["hedy", "ada"]) stage.site.unknownUsers.delete(user);
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/");
		const cause = visitor.page.getByRole("row", { name: /user_not_found.*successful_payment/ });
		await cause.getByRole("link", { name: "Retry 2…" }).click();
		await visitor.sees(/2 of 2 matching events would go back to pending/);
		await visitor.press("Retry 2 events…");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Retry 2 events" }).click();
		const run = visitor.page.getByRole("row", { name: /user_not_found/ }).first();
		await run.getByRole("link", { name: "2 delivered" }).click();
		await visitor.page.getByRole("heading", { name: /status delivered, changed by bulk run/ }).waitFor();
		await expect.poll(() => visitor.page.getByRole("row", { name: /delivered/ }).count()).toBe(2);
		await visitor.open("/operations");
		await visitor.page.getByRole("row", { name: /bulk_retry/ }).waitFor();
		expect(await visitor.page.getByRole("row", { name: /retry/ }).count()).toBe(1);
		await visitor.page.getByRole("link", { name: /bulk run \d+: its decisions/ }).click();
		await visitor.page.getByRole("heading", { name: /Decisions of bulk run/ }).waitFor();
		await expect.poll(() => visitor.page.getByRole("row", { name: /retry/ }).count()).toBe(2);
		expect(visitor.complaints).toEqual([]);
	});

	test("is not told that a run did anything for its users, when its events are dead again", async () => {
		const again = await stage.write({ user: "grace", trigger: "hopeless" });
		await stage.becomes(again, "dead");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/bulk?trigger=hopeless&status=dead");
		await visitor.press("Retry 1 event…");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Retry 1 event" }).click();
		await visitor.page.getByRole("link", { name: "1 dead" }).waitFor();
		const run = visitor.page.getByRole("row", { name: /hopeless/ });
		expect(await run.locator(".badge.tone-good").count()).toBe(0);
	});

	test("corrects an event and sends it as a new one; each leads to the other", async () => {
		const old = await stage.write({ user: "grace", payload: '{"value": 12345678901234567890.10, "note": "$& $1"}' });
		await stage.becomes(old, "dead");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open(`/events/${old}`);
		await visitor.press("Edit and resend…");
		await visitor.page.getByLabel("User", { exact: true }).fill("grace.hopper");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Send" }).click();
		await visitor.page.getByRole("heading", { name: /for grace.hopper delivered/, level: 1 }).waitFor();
		await visitor.sees(/12345678901234567890\.10/);
		await visitor.sees(/"\$& \$1"/);
		await visitor.page
			.getByRole("cell", { name: /in place of/ })
			.getByRole("link")
			.click();
		await visitor.page.getByRole("heading", { name: /for grace dead/, level: 1 }).waitFor();
		expect(await stage.site.applied("grace.hopper")).toBe(1);
	});

	test("sends a test event of a trigger", async () => {
		await stage.database.query("INSERT INTO reward_outbox.triggers (trigger_id) VALUES ('tested')");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/triggers?find=tested");
		await visitor.press("Test…");
		await visitor.page.getByLabel("User", { exact: true }).fill("me");
		await visitor.writes("Payload", '{"value": "1"}');
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Send" }).click();
		await visitor.sees(/payload\/value must be a number/);
		await visitor.writes("Payload", '{"value": 1}');
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Send" }).click();
		await visitor.page.getByRole("heading", { name: /tested for me/, level: 1 }).waitFor();
	});

	test("narrows a list by several statuses, the answer and the payload, and keeps the search by name, in another browser too", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events");
		await visitor.page.getByLabel(/^dead/).check();
		await visitor.page.getByLabel(/^uncertain/).check();
		await visitor.page.getByText("By answer, payload, key").click();
		await visitor.writes("HTTP status", "422");
		await visitor.writes("Text in the payload", "19.99");
		await visitor.page.getByRole("button", { name: "Search", exact: true }).click();
		await visitor.page
			.getByRole("heading", { name: "status dead or uncertain, HTTP 422, payload contains 19.99" })
			.waitFor();
		await visitor.press("Save this search…");
		await visitor.writes("Name", "dead of today");
		const [saved] = await Promise.all([
			visitor.page.waitForResponse(
				(response) => response.url().endsWith("/preferences") && response.request().method() === "PUT",
			),
			visitor.page.getByRole("dialog").getByRole("button", { name: "Save" }).click(),
		]);
		expect(saved.status()).toBe(200);
		await using elsewhere = await stage.visitor({ token: OPERATOR });
		await elsewhere.open("/events");
		await elsewhere.page.getByRole("link", { name: "dead of today" }).click();
		await elsewhere.page.getByRole("heading", { name: /HTTP 422/ }).waitFor();
	});

	test("chooses the columns, sorts what is in sight, and reaches each row by two tab stops", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/events");
		const rows = visitor.page.locator("tbody tr");
		await rows.first().waitFor();
		expect(await rows.first().locator("a, button, input, [tabindex]").count()).toBe(2);
		await visitor.page.getByRole("button", { name: "User" }).click();
		const users = await visitor.page.locator('td[data-label="User"]').allInnerTexts();
		expect(users).toEqual([...users].sort());
		await visitor.page.getByText("Columns", { exact: true }).click();
		await visitor.page.getByLabel("Trigger", { exact: true }).last().uncheck();
		await expect.poll(() => visitor.page.getByRole("columnheader", { name: "Trigger" }).count()).toBe(0);
	});

	test("is told of new events instead of having the list moved", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/events?user=newcomer");
		await visitor.sees("No event matches.");
		await stage.write({ user: "newcomer" });
		await visitor.page.getByRole("button", { name: "1 new" }).click({ timeout: 15_000 });
		await visitor.page.getByRole("row", { name: /newcomer/ }).waitFor();
	});

	test("reads one time zone on the event's page: his own", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open(`/events/${id}`);
		await visitor.sees("What happened");
		expect(await visitor.page.locator("main").innerText()).not.toMatch(/\d\d:\d\d:\d\dZ|UTC/);
		await visitor.sees(/: .* waiting, .* in \d+ attempts?/);
		await visitor.page.getByText("What Reward answered").first().click();
		await visitor.page.getByLabel("Headers of the answer").getByText("content-type").waitFor();
	});
});

describe.skipIf(noBrowser)("room on the page", () => {
	const stage = useConsole();

	beforeAll(async () => {
		for (let index = 0; index < 30; index++) {
			await stage.write({
				user: `${HOSTILE.user.slice(0, 30)} ${"long".repeat(index)}`,
				trigger: "x".repeat(40 + index),
			});
		}
		// More of one cause would be told as one.
		for (const name of ["one", "two", "three"]) {
			await stage.database.query("SELECT reward_outbox.pause_trigger($1, 'a reason', 'anna')", [name + "y".repeat(80)]);
		}
		await stage.database.query(
			`INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id)
			 SELECT gen_random_uuid(), n, now(), 1, s::reward_outbox.event_status, 't'
			 FROM unnest('{dead,uncertain}'::text[]) WITH ORDINALITY AS x(s, n)`,
		);
	});

	test.for([1024, 1280, 1920])("a row of events takes one line at %i px, whatever its ids are", async (width) => {
		await using visitor = await stage.visitor({ token: VIEWER, width });
		await visitor.open("/events");
		await visitor.page.locator("tbody tr").nth(20).waitFor();
		const heights = (await visitor.page.evaluate(
			"[...document.querySelectorAll('tbody tr')].map((row) => row.getBoundingClientRect().height)",
		)) as number[];
		expect(Math.max(...heights)).toBeLessThan(42);
		expect(await visitor.overflow()).toBe(0);
	});

	test("how many match is counted, whatever page is in sight, and all of them can be chosen", async () => {
		await Promise.all(
			Array.from({ length: 60 }, (_, index) => stage.write({ user: `of many ${index}`, trigger: "many" })),
		);
		await using operator = await stage.visitor({ token: OPERATOR });
		await operator.open("/events?trigger=many");
		await operator.page.getByRole("heading", { name: "trigger many: 60" }).waitFor();
		await operator.page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
		await operator.page.getByRole("link", { name: "Select all 60 that match: trigger many…" }).click();
		await operator.sees(/of 60 matching events/);
	});

	test("the head of a list stays in sight, and so does what can be done with the rows ticked", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events");
		await visitor.page
			.getByRole("checkbox", { name: /^Select event/ })
			.first()
			.check();
		await visitor.page.evaluate("window.scrollTo(0, 900)");
		const head = await visitor.page.getByRole("columnheader", { name: "Status" }).boundingBox();
		const bar = await visitor.page.getByText("1 event selected").boundingBox();
		expect(head?.y).toBeGreaterThanOrEqual(0);
		expect(bar?.y).toBeLessThan(800);
	});

	test("a phone shows eight events of a list at once", async () => {
		await using visitor = await stage.visitor({ token: VIEWER, width: 390 });
		await visitor.page.setViewportSize({ width: 390, height: 844 });
		await visitor.open("/events");
		await visitor.page.locator("tbody tr").nth(20).waitFor();
		const box = await visitor.page.locator("tbody tr").nth(7).boundingBox();
		expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(844);
		expect(await visitor.overflow()).toBe(0);
	});

	test("the charts are above the fold at 1280 x 800 with five alerts, and no alert takes two lines", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/");
		await visitor.page.locator(".u-wrap").first().waitFor();
		expect(await visitor.page.locator(".attention-line").count()).toBeGreaterThanOrEqual(5);
		const box = await visitor.page.locator(".u-over").first().boundingBox();
		expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(800);
		const lines = await visitor.page.locator(".attention-line").all();
		for (const line of lines) expect((await line.boundingBox())?.height).toBeLessThan(36);
		expect(await visitor.page.locator(".attention").innerText()).not.toContain("reward-outbox ");
	});

	test("charts are zoomed by dragging over them, compared with the period before, and shown for one trigger", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/");
		const plot = visitor.page.locator(".u-over").first();
		await plot.waitFor();
		const box = await plot.boundingBox();
		if (box === null) throw new Error("the plot is not in sight");
		await visitor.page.mouse.move(box.x + 40, box.y + 20);
		await visitor.page.mouse.down();
		await visitor.page.mouse.move(box.x + 140, box.y + 20, { steps: 5 });
		await visitor.page.mouse.up();
		await visitor.page.waitForURL(/from=.*&to=/);
		await visitor.press("Back to the last hour");
		await visitor.page.getByLabel("period before").check();
		await visitor.page.locator(".legend").getByText("before").first().waitFor();
		await visitor.page.getByLabel("Trigger of the charts").selectOption({ index: 1 });
		await visitor.page.getByRole("heading", { name: /^Attempts and latency of/ }).waitFor();
		expect(visitor.complaints).toEqual([]);
	});
});
