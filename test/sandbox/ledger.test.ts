import { expect, test } from "vitest";
import { Ledger, MAX_KEPT } from "../../src/sandbox/ledger.ts";

test("the ledger keeps the last applications and counts all", () => {
	const ledger = new Ledger();
	const target = { triggerId: "t", userId: "u" };
	for (let n = 1; n <= MAX_KEPT * 2; n++) ledger.record(target, `k${n}`, "{}", new Date(0));
	expect(ledger.total).toBe(MAX_KEPT * 2);
	const kept = ledger.latest(MAX_KEPT * 2);
	expect(kept.length).toBeLessThanOrEqual(MAX_KEPT);
	expect(kept.length).toBeGreaterThanOrEqual(MAX_KEPT * 0.9);
	expect(kept.at(-1)?.sequence).toBe(MAX_KEPT * 2);
	expect(ledger.record(target, "k1", "{}", new Date(0)).duplicateOf).toBe(1);
});

test("the ledger forgets early when bodies are large", () => {
	const ledger = new Ledger();
	const body = "x".repeat(2 ** 20);
	for (let n = 0; n < 100; n++) ledger.record({ triggerId: "t", userId: "u" }, null, `${body}${n}`, new Date(0));
	expect(ledger.total).toBe(100);
	expect(ledger.latest(100).length).toBeLessThanOrEqual(32);
	expect(ledger.latest(1)[0]?.sequence).toBe(100);
});
