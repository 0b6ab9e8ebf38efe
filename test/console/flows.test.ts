import { describe, expect, test } from "vitest";
import { noBrowser } from "./chromium.ts";
import { OPERATOR, VIEWER } from "./console-under-test.ts";
import { useConsole } from "./use-console.ts";

describe.skipIf(noBrowser)("a person at the console", () => {
	const stage = useConsole();

	test("signs in, and comes to where he wanted to go; a wrong token is refused in words", async () => {
		await using visitor = await stage.visitor();
		await visitor.open("/events?status=dead");
		await visitor.sees("You will be led back to where you were.");
		await visitor.writes("Token", "a-wrong-token-of-the-tests");
		await visitor.press("Sign in");
		await visitor.page.getByRole("alert").waitFor();
		await visitor.writes("Token", OPERATOR.secret);
		await visitor.press("Sign in");
		await visitor.page.getByRole("heading", { name: "status dead" }).waitFor();
		expect(visitor.page.url()).toBe(`${stage.site.url}/events?status=dead`);
		await visitor.sees(OPERATOR.name);
		await visitor.press("Sign out");
		await visitor.page.getByRole("heading", { name: "Sign in" }).waitFor();
		await visitor.open("/");
		await visitor.page.getByLabel("Token").waitFor();
	});

	test("finds out why a customer got no points, mends it, retries, and sees it delivered", async () => {
		const user = "customer without points";
		stage.site.unknownUsers.add(user);
		const id = await stage.write({ user, metadata: '{"order_id": 4711}' });
		await stage.becomes(id, "dead");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/");
		await visitor.sees("Success rate");
		await visitor.page.keyboard.press("/");
		await visitor.page.keyboard.type(`${user}\n`);
		await visitor.page.getByRole("row", { name: /dead/ }).getByRole("link").first().click();
		await visitor.page.getByRole("heading", { name: "What happened" }).waitFor();
		await visitor.sees(/user_not_found/);
		await visitor.sees(/No user with this id exists in the project/);
		stage.site.unknownUsers.delete(user);
		await visitor.press("Retry…");
		await visitor.writes("Reason", "the customer exists now");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
		await visitor.page.getByRole("heading", { name: /delivered$/ }).waitFor();
		expect(await stage.site.applied(user)).toBe(1);
		await visitor.page.getByRole("cell", { name: "the customer exists now" }).waitFor();
		const { rows } = await stage.database.query(
			"SELECT actor, action FROM reward_outbox.operations WHERE event_id = $1",
			[id],
		);
		expect(rows).toEqual([{ actor: expect.stringMatching(/^anna\b/), action: "retry" }]);
		expect(visitor.complaints).toEqual([]);
	});

	test("is asked for a tick before he may send again what Reward has accepted", async () => {
		const user = "rewarded once";
		const id = await stage.write({ user });
		await stage.becomes(id, "delivered");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open(`/events/${id}`);
		await visitor.press("Retry…");
		await visitor.sees(/may reward the user twice/);
		await visitor.writes("Reason", "support decided so");
		const confirm = visitor.page.getByRole("dialog").getByRole("button", { name: "Retry" });
		expect(await confirm.isDisabled()).toBe(true);
		await visitor.page.getByLabel("I have checked that, and want it sent again").check();
		await confirm.click();
		await visitor.page.getByRole("dialog").waitFor({ state: "detached" });
		await expect.poll(() => stage.site.applied(user)).toBe(2);
	});

	test("resolves an uncertain event of an at-most-once trigger by what he has found out", async () => {
		await stage.database.query(
			"INSERT INTO reward_outbox.triggers (trigger_id, mode) VALUES ('big_bonus', 'at_most_once')",
		);
		const user = "in doubt";
		stage.site.unluckyUsers.add(user);
		const id = await stage.write({ user, trigger: "big_bonus" });
		await stage.becomes(id, "uncertain");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/");
		await visitor.page.getByRole("link", { name: "Show uncertain events" }).click();
		await visitor.page
			.getByRole("row", { name: /in doubt/ })
			.getByRole("link")
			.first()
			.click();
		await visitor.press("Resolve…");
		await visitor.page.getByLabel(/Reward has applied it/).check();
		await visitor.writes("Reason", "seen in Reward's dashboard");
		await visitor.press("Resolve as delivered");
		await visitor.page.getByRole("heading", { name: /delivered$/ }).waitFor();
		expect(await stage.site.applied(user)).toBe(0);
	});

	test("cancels an event that waits", async () => {
		const id = await stage.write({ user: "regrets", deliverAfter: "2999-01-01T00:00:00Z" });
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open(`/events/${id}`);
		await visitor.press("Cancel…");
		await visitor.writes("Reason", "the order was cancelled");
		await visitor.press("Cancel the event");
		await visitor.page.getByRole("heading", { name: /cancelled$/ }).waitFor();
		await visitor.open("/operations?action=cancel");
		await visitor.page.getByRole("row", { name: /the order was cancelled/ }).waitFor();
	});

	test("retries many, sees the progress, and stops the run", async () => {
		const users = Array.from({ length: 12 }, (_, index) => `bulk user ${index}`);
		for (const user of users) stage.site.unknownUsers.add(user);
		const ids = await Promise.all(users.map((user) => stage.write({ user, trigger: "bulk" })));
		await Promise.all(ids.map((id) => stage.becomes(id, "dead")));
		for (const user of users) stage.site.unknownUsers.delete(user);
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events?status=dead&trigger=bulk");
		await visitor.page.getByRole("link", { name: "Bulk…" }).click();
		await visitor.sees(/12 of 12 matching events would go back to pending/);
		await visitor.writes("Per second at most", "1");
		await visitor.press("Retry 12 events…");
		await visitor.writes("Reason", "they exist now");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Retry 12 events" }).click();
		await visitor.sees(/of 12 events: [1-9]/);
		await visitor.press("Stop");
		await visitor.page
			.getByRole("row", { name: /they exist now/ })
			.getByText("stopped")
			.waitFor();
		const { rows } = await stage.database.query<{ dead: number }>(
			"SELECT count(*)::int AS dead FROM reward_outbox.events WHERE trigger_id = 'bulk' AND status = 'dead'",
		);
		expect(rows[0]?.dead).toBeGreaterThan(0);
		expect(rows[0]?.dead).toBeLessThan(12);
		expect(visitor.complaints).toEqual([]);
	});

	test("ticks some rows, and cancels them together", async () => {
		const later = { trigger: "ticked", deliverAfter: "2999-01-01T00:00:00Z" };
		const ids = [await stage.write({ user: "one", ...later }), await stage.write({ user: "two", ...later })];
		const kept = await stage.write({ user: "three", ...later });
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events?trigger=ticked");
		for (const id of ids) await visitor.page.getByLabel(`Select event ${id} of ticked`).check();
		await visitor.press("Cancel…");
		await visitor.writes("Reason", "test orders");
		await visitor.press("Cancel 2 events");
		await visitor.sees("2 events cancelled.");
		for (const id of ids) await stage.becomes(id, "cancelled");
		await stage.becomes(kept, "pending");
	});

	test("tries again what a watch missed, and dismisses what needs no event", async () => {
		await stage.database.query("CREATE TABLE public.orders (id int PRIMARY KEY, customer text, total numeric)");
		await stage.database.query(`SELECT reward_outbox.watch(name => 'order_paid', table_name => 'public.orders', operations => '{INSERT}',
			trigger_id => 'watched', user_id => 'NEW.customer', payload => $$ jsonb_build_object('value', 1 / NEW.total) $$)`);
		await stage.database.query("INSERT INTO public.orders VALUES (1, 'user1', 0)");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/watches");
		await visitor.page.getByRole("row", { name: /division by zero/ }).waitFor();
		await visitor.press("Replay…");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
		await visitor.sees(/0 changes became events; 1 change failed again/);
		await visitor.press("Close");
		await visitor.press("Dismiss…");
		await visitor.writes("Reason", "a test row");
		await visitor.page.getByLabel("They need no event").check();
		await visitor.press("Dismiss 1 change");
		await visitor.sees("Nothing was missed.");
		await visitor.page.getByLabel("with those that are settled").check();
		await visitor.page.getByRole("row", { name: /a test row/ }).waitFor();
	});

	test("pauses a trigger with a reason, and resumes it", async () => {
		await stage.becomes(await stage.write({ user: "first", trigger: "pausable" }), "delivered");
		await stage.database.query("INSERT INTO reward_outbox.triggers (trigger_id) VALUES ('pausable')");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/triggers?find=pausable");
		await visitor.press("Pause…");
		await visitor.writes("Reason", "campaign was misconfigured");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
		await visitor.page.getByRole("row", { name: /campaign was misconfigured/ }).waitFor();
		const held = await stage.write({ user: "held", trigger: "pausable" });
		await visitor.open("/");
		await visitor.page.getByRole("listitem").filter({ hasText: "pausable" }).first().waitFor();
		await stage.becomes(held, "pending");
		await visitor.open("/triggers?find=pausable");
		await visitor.press("Resume…");
		await visitor.page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
		await stage.becomes(held, "delivered");
	});

	test("changes a trigger's policy", async () => {
		await stage.database.query("INSERT INTO reward_outbox.triggers (trigger_id) VALUES ('limited')");
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/triggers?find=limited");
		await visitor.press("Policy…");
		await visitor.writes("Requests per second", "-3");
		await visitor.sees("a number above 0, or nothing");
		await visitor.writes("Requests per second", "2.5");
		await visitor.press("Save");
		await visitor.page.getByRole("row", { name: /2.5 per second/ }).waitFor();
	});

	test("sees an event in the live tail as it is committed elsewhere, and its end", async () => {
		await using visitor = await stage.visitor({ token: OPERATOR });
		await visitor.open("/events?live=1&trigger=live");
		await visitor.sees("New ones appear here as they are committed.");
		await stage.write({ user: "just now", trigger: "live" });
		await visitor.page.getByRole("row", { name: /just now/ }).waitFor();
		await visitor.page.getByRole("row", { name: /delivered.*just now/ }).waitFor();
		await visitor.press("Pause");
		await stage.write({ user: "behind the curtain", trigger: "live" });
		await visitor.sees("paused, 1 new event");
		expect(await visitor.page.getByText("behind the curtain").count()).toBe(0);
		await visitor.press("Go on");
		await visitor.sees("behind the curtain");
	});

	test("is told nothing in a tab that he does not see, and everything when he looks at it again", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		const look = (isAway: boolean) =>
			visitor.page.evaluate(`
				Object.defineProperty(document, "hidden", { get: () => ${isAway}, configurable: true });
				Object.defineProperty(document, "visibilityState", { get: () => ${isAway} ? "hidden" : "visible", configurable: true });
				document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))`);
		await visitor.open("/events?live=1&trigger=unseen");
		await visitor.sees("New ones appear here as they are committed.");
		await look(true);
		const asked: string[] = [];
		visitor.page.on("request", (request) => asked.push(request.url()));
		await stage.becomes(await stage.write({ user: "while away", trigger: "unseen" }), "delivered");
		expect(await visitor.page.getByText("while away").count()).toBe(0);
		expect(asked).toEqual([]);
		await look(false);
		await visitor.page.getByRole("row", { name: /while away/ }).waitFor();
	});

	test("goes to an event by its id, and to others by their metadata", async () => {
		const id = await stage.write({
			user: "by id",
			metadata: '{"order_id": 12345678901234567890, "shop": "Berlin Mitte"}',
		});
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/triggers");
		await visitor.page.getByRole("searchbox", { name: /Find events/ }).fill(` ${id} `);
		await visitor.page.keyboard.press("Enter");
		await visitor.page.getByRole("heading", { level: 1 }).first().waitFor();
		await visitor.sees("12345678901234567890");
		await visitor.page
			.getByRole("searchbox", { name: /Find events/ })
			.fill('shop="Berlin Mitte" order_id=12345678901234567890');
		await visitor.page.keyboard.press("Enter");
		await visitor.page.getByRole("row", { name: /by id/ }).waitFor();
	});

	test("as a viewer sees everything, may do nothing, and learns why", async () => {
		const id = await stage.write({ user: "looked at" });
		await stage.becomes(id, "delivered");
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open(`/events/${id}`);
		const retry = visitor.page.getByRole("button", { name: "Retry…" });
		await retry.waitFor();
		expect(await retry.getAttribute("aria-disabled")).toBe("true");
		expect(await retry.getAttribute("title")).toMatch(/victor.*viewer/);
		await retry.click({ force: true });
		expect(await visitor.page.getByRole("dialog").count()).toBe(0);
	});

	test("is led to the login when his session ends, and back after it", async () => {
		await using visitor = await stage.visitor({ token: VIEWER });
		await visitor.open("/triggers?find=x");
		await visitor.page.getByRole("heading", { name: "Triggers", exact: true }).waitFor();
		// Ended any sooner, the page that is left could notice it, and would be what is gone back to.
		await visitor.page.route(
			/\/api\/v1\/operations/,
			(route) => {
				stage.site.access.replaceTokens([OPERATOR]);
				return route.continue();
			},
			{ times: 1 },
		);
		await visitor.page.getByRole("link", { name: "Operations log" }).click();
		await visitor.page.getByRole("heading", { name: "Sign in" }).waitFor();
		stage.site.access.replaceTokens([OPERATOR, VIEWER]);
		await visitor.writes("Token", VIEWER.secret);
		await visitor.press("Sign in");
		await visitor.page.getByRole("heading", { name: "Operations log" }).waitFor();
	});
});
