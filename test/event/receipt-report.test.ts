import fc from "fast-check";
import { expect, test } from "vitest";
import {
	Account,
	type AccountClass,
	type KeyEvent,
	type KeyReceipt,
	type Standing,
} from "../../src/event/receipt-report.ts";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

const instants = fc.array(
	fc.integer({ min: 0, max: 40 }).map((n) => NOW - n * HOUR),
	{ maxLength: 3 },
);
const event: fc.Arbitrary<KeyEvent> = fc
	.record({
		day: fc.constantFrom("2026-03-01", "2026-03-02", null),
		value: fc.constantFrom("19.90", "19.9"),
		standing: fc.constantFrom<Standing>("decided", "ambiguous", "pending", "dead", "cancelled"),
		accepted: instants,
		ambiguous: instants,
	})
	.map((made) => ({ ...made, standing: made.accepted.length > 0 ? "accepted" : made.standing }));
const receipt: fc.Arbitrary<KeyReceipt> = fc.record({
	day: fc.constantFrom("2026-03-01", "2026-03-02", null),
	value: fc.constant("19.9"),
	at: fc.integer({ min: 0, max: 45 }).map((n) => NOW - n * HOUR + 1_000),
});

const CLASSES: AccountClass[] = ["accepted", "decided", "ambiguous", "pending", "dead", "cancelled"];
const ACKNOWLEDGED: AccountClass[] = ["confirmed", "awaited", "missing"];

test("every event is in one class, every accepted one is confirmed, awaited or missing, and the days add up to the total", () => {
	fc.assert(
		fc.property(fc.array(event, { maxLength: 8 }), fc.array(receipt, { maxLength: 10 }), (events, receipts) => {
			const account = new Account(NOW);
			account.addKey("paid", HOUR, events, receipts);
			account.addKey("other", HOUR, events, []);
			const lines = account.lines();
			for (const line of [...lines, account.total()]) {
				const count = (names: readonly AccountClass[]) => names.reduce((n, name) => n + line[name].events, 0);
				const worth = (names: readonly AccountClass[]) =>
					names.reduce((n, name) => n + Math.round(Number(line[name].value) * 10), 0);
				expect(count(CLASSES)).toBe(line.committed.events);
				expect(worth(CLASSES)).toBe(Math.round(Number(line.committed.value) * 10));
				expect(count(ACKNOWLEDGED)).toBe(line.accepted.events);
			}
			for (const name of [...CLASSES, ...ACKNOWLEDGED, "surplus"] as const) {
				expect(lines.reduce((n, line) => n + line[name].events, 0)).toBe(account.total()[name].events);
			}
			const inSpan = events.filter(({ day }) => day !== null).length;
			expect(account.total().committed.events).toBe(2 * inSpan);
		}),
		{ numRuns: 1_000 },
	);
});

test("receipts are for accepted requests first; what is left is for ambiguous ones, and then surplus", () => {
	const at = NOW - 10 * HOUR;
	const made = (standing: Standing, value = "5.00"): KeyEvent => ({
		day: "2026-03-01",
		value,
		standing,
		accepted: standing === "accepted" ? [at] : [],
		ambiguous: standing === "ambiguous" ? [at - 1] : [],
	});
	const received = (n: number): KeyReceipt[] =>
		Array.from({ length: n }, (_, i) => ({ day: "2026-03-01", value: "5", at: at + 200 * (i + 1) }));
	const totals = (n: number) => {
		const account = new Account(NOW);
		account.addKey("paid", HOUR, [made("ambiguous"), made("accepted")], received(n));
		const { confirmed, missing, ambiguous_with_receipt, surplus, median_delay_ms } = account.total();
		return [confirmed, missing, ambiguous_with_receipt, surplus]
			.map(({ events }) => events)
			.concat(median_delay_ms ?? -1);
	};
	expect(totals(0)).toEqual([0, 1, 0, 0, -1]);
	expect(totals(1)).toEqual([1, 0, 0, 0, 200]);
	expect(totals(2)).toEqual([1, 0, 1, 0, 200]);
	expect(totals(4)).toEqual([1, 0, 1, 2, 200]);
});
