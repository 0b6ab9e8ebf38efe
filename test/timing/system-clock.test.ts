import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/timing/system-clock.ts";

afterEach(() => void vi.useRealTimers());

test("the relay's clock goes on, whatever somebody sets the machine's to", () => {
	const before = systemClock.now();
	vi.useFakeTimers({ toFake: ["Date"], now: 0 });
	expect(Date.now()).toBeLessThan(1_000);
	expect(systemClock.now()).toBeGreaterThanOrEqual(before);
	vi.setSystemTime(new Date("2100-01-01T00:00:00Z"));
	expect(systemClock.now() - before).toBeLessThan(3_600_000);
});

test("a timer that is far away does not fire at once", async () => {
	let fired = false;
	const cancel = systemClock.after(2 ** 40, () => {
		fired = true;
	});
	await new Promise((resolve) => setTimeout(resolve, 5));
	cancel();
	expect(fired).toBe(false);
});
