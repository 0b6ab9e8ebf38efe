/**
 * Mulberry32: small, fast, and the same sequence for the same seed on every machine. Numbers from 0 up to, not with, 1.
 */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** How a request ends. Two of the four failures are the same to the sender, and different to the user. */
const ENDINGS = ["success", "error_500", "error_503", "reset_before_applying", "reset_after_applying"] as const;

export type Ending = (typeof ENDINGS)[number];

/** Whether the event counts when a request ends like this. */
export function applies(ending: Ending): boolean {
	return ending === "success" || ending === "reset_after_applying";
}

/**
 * Decides how each request ends, in order of arrival.
 *
 * @param failRate Share of requests that fail, 0 to 1; the four failures are equally likely.
 */
export function endings(seed: number, failRate: number): () => Ending {
	const random = seededRandom(seed);
	return () => {
		// Always two numbers, so that the nth request meets the same kind of failure at every rate that fails it.
		const fails = random() < failRate;
		const kind = 1 + Math.floor(random() * (ENDINGS.length - 1));
		return (fails ? ENDINGS[kind] : undefined) ?? "success";
	};
}
