import { beforeAll, describe, expect, test } from "vitest";
import { webhook } from "../webhook/webhooks.ts";
import { noBrowser } from "./chromium.ts";
import { OPERATOR, VIEWER } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

const WIDTHS = [390, 1024, 1280];

describe.skipIf(noBrowser)("receipts and retention in the console", () => {
	const stage = useConsole();
	const receive = (text: string) =>
		stage.database.query("SELECT reward_outbox.receive_webhook($1)", [Buffer.from(text)]);
	let uncertainId = "";

	beforeAll(async () => {
		await stage.database.query("INSERT INTO reward_outbox.triggers (trigger_id, mode) VALUES ('paid', 'at_most_once')");
		stage.site.unluckyUsers.add("in doubt");
		const heard = await stage.write({ user: "heard", trigger: "paid" });
		const silent = await stage.write({ user: "silent", trigger: "paid" });
		uncertainId = await stage.write({ user: "in doubt", trigger: "paid" });
		await stage.becomes(heard, "delivered");
		await stage.becomes(silent, "delivered");
		await stage.becomes(uncertainId, "uncertain");
		await receive(webhook({ trigger: "paid", user: "heard", value: "19.990" }));
		await receive(webhook({ trigger: "paid", user: "nobody we know", value: "5" }));
		await receive('{"type":"<script>alert(1)</script>\\u202e"}');
	});

	test("the account says what was owed, acknowledged, and differs by name, and that it is no proof", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/receipts");
		await visitor.sees("Owed 3 (59.97), acknowledged by a receipt 1 (19.99). The difference:");
		await visitor.sees("1 (19.99) sent, and nobody knows whether they were applied");
		await visitor.sees("1 (19.99) accepted, and a receipt may still come");
		await visitor.sees("1 (5) receipts are explained by no request");
		await visitor.sees("receipts are evidence, not proof");
		const row = visitor.page.getByRole("row", { name: /paid/ });
		expect((await row.innerText()).split(/\s+/)).toEqual(
			expect.arrayContaining(["paid", "59.97", "39.98", "19.99", "p99"]),
		);
		await visitor.sees("its id is no text of 1 to 200 bytes");
		expect(await visitor.page.locator("main script").count()).toBe(0);
		expect(visitor.complaints).toEqual([]);
	});

	test("its figures lead to the events", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/receipts?span=1d");
		await visitor.page
			.getByRole("row", { name: /paid/ })
			.getByRole("cell", { name: /^1 19.99$/ })
			.getByRole("link")
			.first()
			.click();
		await visitor.page.getByRole("heading", { name: /status uncertain/ }).waitFor();
		const link = visitor.page
			.getByRole("row", { name: /in doubt/ })
			.getByRole("link")
			.first();
		expect(await link.getAttribute("href")).toContain(uncertainId);
	});

	test("an operator changes how long what is kept, with a tick; a viewer only sees it", async () => {
		await using viewer = await stage.visitor({ token: VIEWER });
		await viewer.open("/retention");
		await viewer.sees("delivered events, with their attempts");
		expect(await viewer.page.getByRole("button", { name: "Change…" }).getAttribute("aria-disabled")).toBe("true");
		await using operator = await stage.visitor({ token: OPERATOR });
		await operator.open("/retention");
		await operator.press("Change…");
		await operator.writes("delivered", "1m");
		await operator.sees("a span such as 90d, an hour at least, or nothing");
		await operator.writes("delivered", "90d");
		await operator.writes("response body", "36h");
		const save = operator.page.getByRole("button", { name: "Save" });
		expect(await save.isDisabled()).toBe(true);
		await operator.page.getByLabel("I have a backup, or need none").check();
		expect(await operator.barriers()).toEqual([]);
		await save.click();
		await operator.page.getByRole("cell", { name: "90 d" }).waitFor();
		const { rows } = await stage.database.query(
			"SELECT delivered::text, response_body::text, dead FROM reward_outbox.retention",
		);
		expect(rows).toEqual([{ delivered: "2160:00:00", response_body: "36:00:00", dead: null }]);
		const decided = await stage.database.query(
			"SELECT actor FROM reward_outbox.operations WHERE action = 'set_retention'",
		);
		expect(decided.rows).toEqual([{ actor: expect.stringContaining(OPERATOR.name) }]);
	});

	test.for(["/receipts", "/retention"])(
		"no barriers and no scrolling sideways on any width, in light and dark: %s",
		async (path) => {
			await using visitor = await stage.visitor({ token: OPERATOR });
			await visitor.open(path);
			await visitor.page.locator("main table").first().waitFor();
			const found: string[] = [];
			for (const width of WIDTHS) {
				await visitor.page.setViewportSize({ width, height: 900 });
				const overflow = await visitor.overflow();
				if (overflow > 0) found.push(`${overflow} px too wide at ${width} px`);
				for (const colorScheme of ["light", "dark"] as const) {
					await visitor.page.emulateMedia({ colorScheme });
					found.push(...(await visitor.barriers()));
				}
			}
			expect(found).toEqual([]);
		},
	);
});
