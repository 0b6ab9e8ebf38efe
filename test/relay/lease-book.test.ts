import fc from "fast-check";
import { expect, test } from "vitest";
import { LeaseBook } from "../../src/relay/lease-book.ts";

test("the last event of a lease ends it, and says so once", () => {
	const book = new LeaseBook();
	book.open("a", 3, 100);
	expect([book.settle("a"), book.settle("a"), book.settle("a"), book.settle("a")]).toEqual([false, false, true, false]);
});

test("a lease without events is not opened, and an unknown one ends nothing", () => {
	const book = new LeaseBook();
	book.open("empty", 0, 100);
	expect(book.openAt(0)).toEqual([]);
	expect(book.settle("empty")).toBe(false);
	expect(book.settle("never heard of")).toBe(false);
});

test("leases count as open until their deadline or their last event", () => {
	const book = new LeaseBook();
	book.open("short", 1, 100);
	book.open("long", 2, 200);
	expect(book.openAt(99)).toEqual(["short", "long"]);
	expect(book.openAt(100)).toEqual(["long"]);
	book.settle("long", 2);
	expect(book.openAt(0)).toEqual(["short"]);
});

test("a lease that the database may know no more is not asked about, and ends as any other", () => {
	const book = new LeaseBook();
	book.open("a", 1, 100, { eventId: "event", attempt: 2 });
	expect(book.attemptUnder("a")).toEqual({ eventId: "event", attempt: 2 });
	book.mayBeGone("a");
	expect(book.openAt(0)).toEqual([]);
	expect(book.size).toBe(1);
	expect(book.settle("a")).toBe(true);
	expect(book.attemptUnder("a")).toBeNull();
});

test("however the events of leases are taken off, each lease ends exactly once, with its last one", () => {
	const leases = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 });
	fc.assert(
		fc.property(leases, fc.infiniteStream(fc.nat()), (sizes, picks) => {
			const book = new LeaseBook();
			sizes.forEach((size, n) => {
				book.open(String(n), size, 1);
			});
			const left = sizes.flatMap((size, n) => Array<number>(size).fill(n));
			while (left.length > 0) {
				const [lease] = left.splice((picks.next().value as number) % left.length, 1);
				expect(book.settle(String(lease))).toBe(!left.includes(lease as number));
			}
			expect(book.openAt(0)).toEqual([]);
		}),
	);
});
