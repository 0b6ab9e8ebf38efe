import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type ConsolesServer, startConsolesServer } from "../../src/api/serve-many.ts";
import { SILENT } from "../../src/log.ts";
import { Provider } from "../../src/oidc/provider.ts";
import { type TestDatabases, testDatabases } from "../lifecycle/fleet-process.ts";
import { freePort } from "../support/free-port.ts";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.ts";
import { buildPage } from "./built-page.ts";
import { launchChromium, noBrowser } from "./chromium.ts";

describe.skipIf(noBrowser)("signing in with OpenID Connect to the consoles of many databases", () => {
	let browser: Browser;
	let databases: TestDatabases;
	let identities: IdentityProvider;
	let server: ConsolesServer;
	let removePage: () => Promise<void>;

	beforeAll(async () => {
		const port = await freePort();
		const consoleUrl = `http://127.0.0.1:${port}`;
		const page = await buildPage();
		removePage = () => page.remove();
		[browser, databases, identities] = await Promise.all([
			launchChromium(),
			testDatabases(2),
			startIdentityProvider({ consoleUrl, groupsOf: () => ["staff"] }),
		]);
		const config = identities.configWith({ operatorRoles: [], viewerRoles: ["staff"] });
		server = await startConsolesServer({
			host: "127.0.0.1",
			port,
			tokens: [],
			provider: new Provider({ config, userAgent: "test", wallClock: () => Date.now() }),
			databases: databases.all.map(({ url }, n) => ({
				name: `shop-${n}`,
				databaseUrl: url,
				maxAttempts: 20,
				isPaused: false,
			})),
			health: async () => ({ ready: true }),
			logger: SILENT,
			pageFolders: [page.folder],
		});
	});
	afterAll(async () => {
		await browser?.close();
		await server?.close();
		await identities?.[Symbol.asyncDispose]();
		await databases?.[Symbol.asyncDispose]();
		await removePage?.();
	});

	test("a person is led back to the database where they wanted to be, and goes on to another", async () => {
		const page = await browser.newPage();
		await page.goto(`${server.url}/databases/shop-1/console/events?status=dead`);
		await page.getByRole("link", { name: `Sign in with ${new URL(identities.issuer).host}` }).click();
		await page.getByPlaceholder("Enter any login").fill("victor");
		await page.getByPlaceholder("and password").fill("any");
		await page.getByRole("button", { name: "Sign-in" }).click();
		await page.getByRole("button", { name: "Continue" }).click();
		await page.waitForURL(`${server.url}/databases/shop-1/console/events?status=dead`);
		await page.getByText("oidc:victor@example.com").first().waitFor();
		await page.getByLabel("Database").selectOption("shop-0");
		await page.waitForURL(/\/databases\/shop-0\/console\/events/);
		await page.getByText("oidc:victor@example.com").first().waitFor();
	});
});
