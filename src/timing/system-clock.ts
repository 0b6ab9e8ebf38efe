import type { Clock } from "./clock.ts";

export const systemClock: Clock = {
	now: () => performance.now(),
	after(ms, fire) {
		// Node turns delays over 2^31-1 ms into 1 ms.
		const timer = setTimeout(fire, Math.min(Math.max(ms, 0), 0x7fffffff));
		return () => clearTimeout(timer);
	},
};
