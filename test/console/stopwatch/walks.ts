import type { Page } from "playwright-core";

/** Something that a person does, and what tells them that it is done. */
interface Step {
	/** For docs/console.md: what is done, and what is seen then. */
	readonly does: string;
	readonly sees: string;
	readonly keys?: number;
	readonly clicks?: number;
	/** Does it, and is back when the page says so. */
	readonly act: (page: Page, place: Place) => Promise<unknown>;
}

export interface Walk {
	readonly name: string;
	/** All that is known at its beginning. */
	readonly knows: string;
	/** Of where it ends, in docs/images. */
	readonly picture: string;
	/** Of that picture, in pixels. */
	readonly height: number;
	/** Where it begins: a page of the console. */
	readonly from: (place: Place) => string;
	readonly steps: readonly Step[];
}

/** What a walk has to know of the outbox that it goes through. */
export interface Place {
	/** Of an event that is dead, and whose cause has been mended. */
	readonly order: string;
	readonly user: string;
	/** An event that was delivered late. */
	readonly lateId: string;
}

/**
 * How long people take who know what they want: the keystroke-level model of Card, Moran and Newell, by which an
 * average typist takes this for a key and for a click with the pointing before it, and this to make up their mind
 * before each step. Reading what a page says is added to it. Seconds.
 */
const KEY_S = 0.28;
const CLICK_S = 1.3;
const MIND_S = 1.35;
const READING_S = 3;

/** What a person takes for a walk, beside waiting for pages. Seconds. */
export function personSeconds({ steps }: Walk): number {
	const of = ({ keys = 0, clicks = 0 }: Step) => {
		const hands = keys * KEY_S + clicks * CLICK_S;
		return hands + (hands === 0 ? 0 : MIND_S) + READING_S;
	};
	return steps.reduce((sum, step) => sum + of(step), 0);
}

export const WALKS: readonly Walk[] = [
	{
		name: "“Order 4711 got no points”: from the order number to the repair",
		knows: "an order number",
		picture: "repaired",
		height: 520,
		from: () => "/",
		steps: [
			{
				does: "press `/`, type `4711`, press Enter",
				sees: "the event of that order, dead, and what Reward answered",
				keys: 6,
				act: async (page, { order, user }) => {
					await page.keyboard.press("/");
					await page.keyboard.type(order);
					await page.keyboard.press("Enter");
					await page.getByRole("row", { name: new RegExp(`dead.*${user}`) }).waitFor();
				},
			},
			{
				does: "open the event",
				sees: "the reason, in words: Reward does not know the user",
				clicks: 1,
				act: async (page, { user }) => {
					await page
						.getByRole("row", { name: new RegExp(user) })
						.getByRole("link")
						.first()
						.click();
					await page
						.getByText(/user_not_found/)
						.first()
						.waitFor();
				},
			},
			{
				does: "(the cause is mended in Reward) **Retry…**",
				sees: "what a retry does, and whether it may reward twice",
				clicks: 1,
				act: async (page) => {
					await page.getByRole("button", { name: "Retry…" }).first().click();
					await page.getByRole("dialog").waitFor();
				},
			},
			{
				does: "**Retry**",
				sees: "delivered",
				clicks: 1,
				act: async (page, { user }) => {
					await page
						.getByRole("dialog")
						.getByRole("button", { name: /^Retry/ })
						.click();
					await page.getByRole("heading", { name: new RegExp(`${user} delivered`), level: 1 }).waitFor();
				},
			},
		],
	},
	{
		name: "“Why was it late?”",
		knows: "a link to the event, as from a ticket",
		picture: "late",
		height: 480,
		from: ({ lateId }) => `/events/${lateId}`,
		steps: [
			{
				does: "look",
				sees: "how long it took since it was written, how much of it was waiting, and which part took longest",
				act: async (page) => {
					await page.getByText(/^Delivered .+ after it was written/).waitFor();
					await page.getByText(/The longest of it:/).waitFor();
				},
			},
		],
	},
	{
		name: "“Is today as yesterday was?”",
		knows: "nothing",
		picture: "compared",
		height: 740,
		from: () => "/",
		steps: [
			{
				does: "**24 h**",
				sees: "attempts, success rate and latency since yesterday",
				clicks: 1,
				act: async (page) => {
					await page.getByRole("radio", { name: "24 h" }).check({ force: true });
					await page.waitForURL(/range=1440/);
					await drawn(page);
				},
			},
			{
				does: "**period before**",
				sees: "the day before, drawn over it",
				clicks: 1,
				act: async (page) => {
					await page.getByLabel("period before").check();
					await page.locator(".legend").getByText("before").first().waitFor();
					await drawn(page);
				},
			},
		],
	},
];

/** The charts show what was asked for. */
async function drawn(page: Page): Promise<void> {
	await page.locator('[aria-busy="false"] .charts').waitFor();
}
