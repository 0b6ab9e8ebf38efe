import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Token } from "../../src/access/token.ts";
import type { ConsoleUnderTest } from "./console-under-test.ts";

/**
 * Chromium complains of every answer that is an error: nobody is signed in yet, and an event that is asked for is not
 * there.
 */
const EXPECTED = /\/api\/v1\/session .* status of 401|\/api\/v1\/events\/0{8}-\S+ .* status of 404/;
const DEADLINE_MS = 10_000;

/** For the browser. A control on two lines is taller than its line by more than half of it. */
const CROWDED = `(() => {
	const text = (one) => one.innerText.trim().slice(0, 60);
	const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1;
	const lines = (one) => {
		const range = document.createRange();
		range.selectNodeContents(one);
		const tops = [...range.getClientRects()].filter(({ width }) => width > 1).map(({ top, bottom }) => (top + bottom) / 2);
		const height = Number.parseFloat(getComputedStyle(one).fontSize);
		return tops.length === 0 ? 0 : (Math.max(...tops) - Math.min(...tops)) / height;
	};
	const wrapped = innerWidth < 1000 ? [] : [...document.querySelectorAll(".button, .badge, .chip, th, .segments label, nav a")]
		.filter((one) => isSeen(one) && lines(one) > 0.8)
		.map((one) => "on two lines: " + text(one));
	const cut = [...document.querySelectorAll("main *")]
		.filter((one) => {
			const { overflowX, textOverflow } = getComputedStyle(one);
			const isCut = (overflowX === "hidden" || overflowX === "clip") && one.scrollWidth > one.clientWidth + 1;
			const isTold = textOverflow === "ellipsis" || one.closest("[title]") !== null || one.querySelector("[title]") !== null;
			return isCut && !isTold && isSeen(one) && text(one) !== "" && !one.matches(".visually-hidden, .visually-hidden *");
		})
		.map((one) => "cut off: " + one.className + " " + text(one));
	return [...wrapped, ...cut];
})()`;

const SHIFTED = `(() => {
	const observer = new PerformanceObserver(() => {});
	observer.observe({ type: "layout-shift", buffered: true });
	return observer.takeRecords().filter(({ hadRecentInput }) => !hadRecentInput).reduce((sum, { value }) => sum + value, 0);
})()`;

export interface VisitorOptions {
	/** Who is signed in; left out: nobody. */
	readonly token?: Token;
	/** Pixels; default 1280. */
	readonly width?: number;
	readonly colours?: "light" | "dark";
}

/** A person with a browser window of his own, and everything that the browser complained about. */
export class Visitor implements AsyncDisposable {
	readonly page: Page;
	/**
	 * Errors and warnings of the browser's console, breaches of the content security policy, dialogs nobody asked for.
	 */
	readonly complaints: string[] = [];
	readonly #context: BrowserContext;
	readonly #site: ConsoleUnderTest;

	private constructor(context: BrowserContext, page: Page, site: ConsoleUnderTest) {
		this.#context = context;
		this.#site = site;
		this.page = page;
		page.on("console", (message) => {
			const isExpected = EXPECTED.test(`${message.location().url} ${message.text()}`);
			if (["error", "warning"].includes(message.type()) && !isExpected) this.complaints.push(message.text());
		});
		page.on("pageerror", (error) => this.complaints.push(error.message));
		page.on("dialog", (dialog) => {
			this.complaints.push(`a dialog: ${dialog.message()}`);
			void dialog.dismiss();
		});
	}

	static async arrive(browser: Browser, site: ConsoleUnderTest, options: VisitorOptions = {}): Promise<Visitor> {
		const context = await browser.newContext({
			viewport: { width: options.width ?? 1280, height: 800 },
			colorScheme: options.colours ?? "light",
			locale: "en-GB",
			timezoneId: "Europe/Berlin",
			reducedMotion: "reduce",
		});
		context.setDefaultTimeout(DEADLINE_MS);
		if (options.token !== undefined) await signIn(context, site, options.token);
		return new Visitor(context, await context.newPage(), site);
	}

	/** Opens a page of the console: `/events?status=dead`. */
	async open(path: string): Promise<void> {
		await this.page.goto(`${this.#site.url}${path}`);
	}

	/** Waits until the page says it. */
	async sees(text: string | RegExp): Promise<void> {
		await this.page.getByText(text).first().waitFor();
	}

	/** Goes there as a link of the page does. */
	async goes(path: string): Promise<void> {
		await this.page.evaluate(`history.pushState(null, "", "/console${path}")`);
	}

	async press(name: string | RegExp): Promise<void> {
		await this.page.getByRole("button", { name }).first().click();
	}

	/** Fills a field by its label. */
	async writes(label: string | RegExp, text: string): Promise<void> {
		await this.page.getByLabel(label).first().fill(text);
	}

	/** What axe finds wrong, and where. */
	async barriers(): Promise<string[]> {
		await this.page.evaluate(axe.source);
		const { violations } = (await this.page.evaluate(
			"axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })",
		)) as axe.AxeResults;
		return violations.flatMap(({ id, nodes }) =>
			nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
		);
	}

	/** By how many pixels the page is wider than the window. */
	async overflow(): Promise<number> {
		const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
		return (await this.page.evaluate(overflow)) as number;
	}

	/** What has no room: words of a control on two lines, text that is cut off and nowhere to be read. */
	async crowded(): Promise<string[]> {
		return (await this.page.evaluate(CROWDED)) as string[];
	}

	/** How much of the page moved by itself since it was opened: the sum of the browser's own scores. */
	async shifted(): Promise<number> {
		return (await this.page.evaluate(SHIFTED)) as number;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#context.close();
	}
}

async function signIn(context: BrowserContext, site: ConsoleUnderTest, token: Token): Promise<void> {
	const response = await context.request.post(`${site.origin}/api/v1/session`, {
		data: { token: token.secret },
		headers: { origin: site.origin },
	});
	if (!response.ok()) throw new Error(`signing in: HTTP ${response.status()} ${await response.text()}`);
}
