import { describe, expect, test } from "vitest";
import { noBrowser } from "./chromium.ts";
import { OPERATOR } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

/** A control of this width shows what it holds. Pixels. */
const READABLE = 240;

describe.skipIf(noBrowser)("dialogs", () => {
	const stage = useConsole();

	test("look the same wherever they were opened: in a table too, every field is wide enough to read", async () => {
		await stage.database.query(
			"INSERT INTO reward_outbox.triggers (trigger_id, mode) VALUES ('dialog', 'at_most_once')",
		);
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/triggers?find=dialog");
		await visitor.press("Policy…");
		const dialog = visitor.page.getByRole("dialog");
		const fields = await dialog.locator("select, input, textarea").all();
		expect(fields).toHaveLength(4);
		for (const field of fields) expect((await field.boundingBox())?.width).toBeGreaterThan(READABLE);
		expect(await dialog.getByRole("combobox").inputValue()).toBe("at_most_once");
		expect(await visitor.page.locator("table dialog, .panel dialog, header dialog").count()).toBe(0);
	});

	test("decide nothing about money by themselves: what was found has to be chosen", async () => {
		await stage.database.query(
			"INSERT INTO reward_outbox.triggers (trigger_id, mode) VALUES ('unsure', 'at_most_once')",
		);
		stage.site.unluckyUsers.add("nobody knows");
		const id = await stage.write({ user: "nobody knows", trigger: "unsure" });
		await stage.becomes(id, "uncertain");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open(`/events/${id}`);
		await visitor.press("Resolve…");
		const dialog = visitor.page.getByRole("dialog");
		expect(await dialog.getByRole("radio", { checked: true }).count()).toBe(0);
		await visitor.writes("Reason", "looked it up");
		await visitor.sees("What you found is needed.");
		expect(await dialog.getByRole("button", { name: "Resolve" }).isDisabled()).toBe(true);
		await dialog.getByLabel(/Reward has not applied it/).check();
		expect(await dialog.getByRole("button", { name: "Resolve as not delivered" }).isDisabled()).toBe(false);
	});
});
