import { describe, expect, test } from "vitest";
import { noBrowser } from "./chromium.ts";
import { OPERATOR, VIEWER } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

const RETURNS_MS = 20_000;

describe.skipIf(noBrowser)("when the server cannot be reached for a while", () => {
	const stage = useConsole();

	test.for([
		["/events?user=comes%20back", "user comes back"],
		["/bulk?user=comes%20back", /of \d+ matching events?/],
		["/triggers", "Triggers with settings, or with events that wait"],
		["/watches", "There are no watches"],
		["/operations", "Decisions"],
	] as const)("the page %s comes back by itself, and says that it will", async ([address, sign]) => {
		await stage.write({ user: "comes back", deliverAfter: "2999-01-01T00:00:00Z" });
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/nowhere");
		await visitor.sees("There is nothing at this address");
		await visitor.page.context().setOffline(true);
		// Inside the page, as a link does: the page itself is there already.
		await visitor.goes(address);
		await visitor.sees("It is tried again every 5 seconds.");
		await visitor.page.context().setOffline(false);
		await visitor.page.locator("main").getByText(sign).first().waitFor({ timeout: RETURNS_MS });
		expect(await visitor.page.getByText("The server does not answer.").count()).toBe(0);
	});

	test("nothing says that a decision is tried again by itself: it may have been made", async () => {
		const id = await stage.write({ user: "in between", deliverAfter: "2999-01-01T00:00:00Z" });
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open(`/events/${id}`);
		await visitor.press("Cancel…");
		await visitor.writes("Reason", "by mistake");
		await visitor.page.context().setOffline(true);
		await visitor.press("Cancel the event");
		const dialog = visitor.page.getByRole("dialog");
		await dialog.getByText(/It may have been done all the same/).waitFor();
		expect(await dialog.getByText(/tried again/).count()).toBe(0);
	});
});

describe.skipIf(noBrowser)("what a person is told", () => {
	const stage = useConsole();

	test("a refusal is said once, in words", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events?status=gone");
		const alert = visitor.page.getByRole("alert");
		await alert.waitFor();
		const text = await alert.innerText();
		expect(text.match(/must be one of/g)).toHaveLength(1);
		expect(text).not.toMatch(/query\//);
	});

	test("a viewer is offered nothing on the bulk page that he may not do", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/bulk?status=dead");
		await visitor.sees(/is a viewer/);
		await visitor.sees("Past runs");
		expect(await visitor.page.getByRole("button", { name: /Retry|Cancel|Count/ }).count()).toBe(0);
		expect(await visitor.page.getByRole("alert").count()).toBe(0);
		await visitor.open("/events?status=dead");
		await visitor.sees("No event matches.");
		expect(await visitor.page.getByRole("link", { name: "Bulk…" }).count()).toBe(0);
	});

	test("the axis of a chart has room for its labels", async () => {
		await stage.database.query(`
			INSERT INTO reward_outbox.relay_samples (relay_no, sample_no, at, span_ms, accepted, refused, not_sent, ambiguous, latency)
			SELECT r.relay_no, -n, clock_timestamp() - n * interval '10 seconds', 10000, 123456, 0, 0, 0,
			       array_fill(0, ARRAY[10]) || CASE WHEN n > 10 THEN 123456 ELSE 0 END || array_fill(0, ARRAY[13]) || ARRAY[CASE WHEN n > 10 THEN 0 ELSE 123456 END, 0, 0]
			FROM generate_series(1, 20) n, (SELECT max(relay_no) AS relay_no FROM reward_outbox.relays) r`);
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/");
		const chart = visitor.page.locator("figure", { hasText: "From written to delivered" });
		await chart.getByText(/^Median/).waitFor();
		const axis = await chart.locator(".u-axis").nth(1).boundingBox();
		const widest = (await visitor.page.evaluate(`(() => {
			const ctx = document.createElement("canvas").getContext("2d");
			ctx.font = "11px system-ui, sans-serif";
			return Math.max(...["100 ms", "10 min", "6 h"].map((label) => ctx.measureText(label).width));
		})()`)) as number;
		expect(axis?.width).toBeGreaterThan(widest + 8);
	});
});
