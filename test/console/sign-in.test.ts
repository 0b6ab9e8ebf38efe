import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Provider } from "../../src/oidc/provider.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.ts";
import { launchChromium, noBrowser } from "./chromium.ts";
import { type ConsoleUnderTest, startConsole } from "./console-under-test.ts";
import { Visitor } from "./visitor.ts";

const GROUPS: Readonly<Record<string, readonly string[]>> = { olga: ["staff", "outbox-operators"], victor: ["staff"] };

/** The pages of that provider want a font and an icon that are not there. */
const isOurs = (complaint: string) => !/ERR_NAME_NOT_RESOLVED|404 \(Not Found\)/.test(complaint);

describe.skipIf(noBrowser)("signing in with OpenID Connect, at a real provider", () => {
	let browser: Browser;
	let database: TestDatabase;
	let identities: IdentityProvider;
	let site: ConsoleUnderTest;

	beforeAll(async () => {
		const port = await freePort();
		const consoleUrl = `http://127.0.0.1:${port}`;
		[browser, database, identities] = await Promise.all([
			launchChromium(),
			createTestDatabase(),
			startIdentityProvider({ consoleUrl, groupsOf: (login) => GROUPS[login] ?? [] }),
		]);
		const config = identities.configWith({ operatorRoles: ["outbox-operators"], viewerRoles: ["staff"] });
		const provider = new Provider({ config, userAgent: "test", wallClock: () => Date.now() });
		site = await startConsole(database.url, { port, provider });
	});
	afterAll(async () => {
		await browser?.close();
		await site?.[Symbol.asyncDispose]();
		await identities?.[Symbol.asyncDispose]();
		await database?.drop();
	});

	/** Through the provider's own pages: name and password, then consent. */
	const signInAs = async ({ page }: Visitor, login: string) => {
		await page.getByRole("link", { name: `Sign in with ${new URL(identities.issuer).host}` }).click();
		await page.getByPlaceholder("Enter any login").fill(login);
		await page.getByPlaceholder("and password").fill("any");
		await page.getByRole("button", { name: "Sign-in" }).click();
		await page.getByRole("button", { name: "Continue" }).click();
	};

	test("a person signs in, is led back to where they wanted to be, and goes on record by name", async () => {
		await using visitor = await Visitor.arrive(browser, site);
		await visitor.open("/events?status=dead");
		await visitor.sees("You will be led back to where you were.");
		expect(await visitor.barriers()).toEqual([]);
		await signInAs(visitor, "olga");
		await visitor.page.waitForURL(/\/console\/events\?status=dead/);
		await visitor.sees("oidc:olga@example.com");
		const cookie = (await visitor.page.context().cookies()).find(({ name }) => name === "reward_outbox_session");
		expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });

		await visitor.open("/triggers");
		const paused = await visitor.page.evaluate(
			`fetch("/api/v1/triggers/big_bonus/pause", { method: "POST", headers: { "content-type": "application/json" }, body: '{"reason": "stock-taking"}' }).then(({ status }) => status)`,
		);
		expect(paused).toBe(200);
		await vi.waitFor(async () => {
			const { rows } = await database.query(
				"SELECT action, split_part(actor, ' ', 1) AS actor, detail->>'by' AS by, detail->>'role' AS role FROM reward_outbox.operations WHERE action <> 'adopt' ORDER BY operation_no",
			);
			expect(rows).toEqual([
				{ action: "sign_in", actor: "oidc:olga@example.com", by: "oidc", role: "operator" },
				{ action: "pause", actor: "oidc:olga@example.com", by: null, role: null },
			]);
		});
		expect(visitor.complaints.filter(isOurs)).toEqual([]);
	});

	test("another group makes a viewer, who may look and change nothing; signing out ends it, here and there", async () => {
		await using visitor = await Visitor.arrive(browser, site);
		await visitor.open("/");
		await signInAs(visitor, "victor");
		await visitor.sees("oidc:victor@example.com");
		const status = await visitor.page.evaluate(
			`fetch("/api/v1/triggers/big_bonus/resume", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }).then(({ status }) => status)`,
		);
		expect(status).toBe(403);
		visitor.complaints.length = 0;

		await visitor.press("Sign out");
		await visitor.sees("You are signed out here.");
		expect(await visitor.barriers()).toEqual([]);
		const answer = await visitor.page.request.get(`${site.origin}/api/v1/events`);
		expect(answer.status()).toBe(401);
		await visitor.page.getByRole("link", { name: "Sign out there too" }).click();
		await visitor.page.waitForURL(`${identities.issuer}/session/end**`);
		expect(visitor.complaints.filter(isOurs)).toEqual([]);
	});

	test("whoever has no role here is told so, and nothing of it is a session", async () => {
		await using visitor = await Visitor.arrive(browser, site);
		await visitor.open("/");
		await signInAs(visitor, "mallory");
		await visitor.sees("nothing you are there lets you in here");
		expect(await visitor.barriers()).toEqual([]);
		const names = (await visitor.page.context().cookies(site.origin)).map(({ name }) => name);
		expect(names).not.toContain("reward_outbox_session");
		await vi.waitFor(async () => {
			const { rows } = await database.query(
				"SELECT actor LIKE 'oidc:%' AS is_person, detail FROM reward_outbox.operations WHERE action = 'sign_in_refused'",
			);
			expect(rows).toEqual([{ is_person: false, detail: { times: 1, by: ["oidc"], addresses: ["127.0.0.1"] } }]);
		});
	});

	test("whoever says no at the provider is led back to the login", async () => {
		await using visitor = await Visitor.arrive(browser, site);
		await visitor.open("/login?next=/events");
		await visitor.page.getByRole("link", { name: /^Sign in with/ }).click();
		await visitor.page.getByRole("link", { name: "[ Cancel ]" }).click();
		await visitor.sees("The provider did not sign you in.");
		await visitor.sees("You will be led back to where you were.");
		expect(visitor.complaints.filter(isOurs)).toEqual([]);
	});

	test("a token still signs in beside it", async () => {
		await using visitor = await Visitor.arrive(browser, site);
		await visitor.open("/login");
		await visitor.writes("Token", "operator-token-of-the-tests");
		await visitor.press("Sign in with a token");
		await visitor.sees("Success rate");
		expect(visitor.complaints.filter(isOurs)).toEqual([]);
	});
});
