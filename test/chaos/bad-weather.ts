import { seededRandom } from "../../src/sandbox/chance.ts";
import {
	answer,
	delayed,
	hang,
	type Reply,
	resetAfterApplying,
	resetBeforeApplying,
	type Script,
	success,
} from "../support/scripted-reward.ts";

/**
 * Of a thousand requests; the rest succeeds. Every outcome class is there, and every way an application can be doubted.
 */
const FAILURES: readonly (readonly [share: number, reply: () => Reply])[] = [
	[30, () => answer(500)],
	[15, () => answer(500, "", {}, true)],
	[10, () => answer(503, "", { "retry-after": "1" })],
	[10, () => answer(429, "", { "retry-after": "1" })],
	[25, () => resetBeforeApplying()],
	[25, () => resetAfterApplying()],
	[5, () => hang(true)],
	[3, () => hang(false)],
];

/** Answers within 30 ms mostly, within 900 ms sometimes, and fails in all the ways there are. */
export function badWeather(seed: number): Script {
	const random = seededRandom(seed);
	return () => {
		let chance = random() * 1000;
		const slow = random() < 0.02;
		const delayMs = random() * (slow ? 900 : 30);
		for (const [share, reply] of FAILURES) {
			if (chance < share) return delayed(delayMs, reply());
			chance -= share;
		}
		return delayed(delayMs, success());
	};
}
