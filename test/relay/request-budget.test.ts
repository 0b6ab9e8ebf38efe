import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestBudget, type Share, type Slot } from "../../src/relay/request-budget.ts";
import { ManualClock } from "../timing/manual-clock.ts";

/** A relay with endless work: it takes a slot whenever it is told that there may be one. */
class Hungry {
	readonly share: Share;
	readonly slots: Slot[] = [];

	constructor(budget: RequestBudget) {
		this.share = budget.join(() => this.eat());
	}

	eat(): void {
		for (let slot = this.share.take(); slot !== null; slot = this.share.take()) this.slots.push(slot);
	}

	/** Its oldest requests are answered, one after the other. */
	answer(count = 1): void {
		for (let n = 0; n < count; n++) this.slots.shift()?.release(true);
	}
}

function setUp(size: number, relays: number) {
	const clock = new ManualClock();
	const budget = new RequestBudget(size, clock);
	const all = Array.from({ length: relays }, () => new Hungry(budget));
	return { clock, budget, all };
}

describe("a budget of requests in flight", () => {
	test("is all there for a relay that is alone", () => {
		const { all, budget } = setUp(8, 1);
		all[0]?.eat();
		expect(budget.inFlight).toBe(8);
	});

	test("is all there for the only one of many that has work, once it gets answers", () => {
		const { all, budget } = setUp(8, 100);
		const [one] = all as [Hungry];
		one.eat();
		expect(one.share.inFlight).toBe(6);
		one.answer();
		one.eat();
		expect(budget.inFlight).toBe(8);
	});

	test("becomes equal shares as requests are answered, whoever came first", () => {
		const { all } = setUp(12, 3);
		const [first, ...others] = all as [Hungry, Hungry, Hungry];
		first.eat();
		first.answer();
		first.eat();
		for (const other of others) other.eat();
		for (let n = 0; n < 12; n++) first.answer();
		for (const { share } of all) expect(share.inFlight).toBe(4);
	});

	test("gives what one relay does not need to the others", () => {
		const { all, budget } = setUp(12, 3);
		const [modest, second, third] = all as [Hungry, Hungry, Hungry];
		modest.slots.push(modest.share.take() as Slot);
		second.eat();
		third.eat();
		for (let n = 0; n < 40; n++) {
			second.answer();
			third.answer();
		}
		expect(budget.inFlight).toBe(12);
		expect(Math.abs(second.share.inFlight - third.share.inFlight)).toBeLessThanOrEqual(1);
	});

	test("lets nobody wait for requests that hang", () => {
		const { all, clock } = setUp(8, 2);
		const [hanging, other] = all as [Hungry, Hungry];
		hanging.eat();
		hanging.answer();
		hanging.eat();
		expect(hanging.share.inFlight).toBe(8);
		other.eat();
		expect(other.share.inFlight).toBe(0);
		// Nobody answers, and time alone makes room.
		clock.advance(600);
		expect(other.share.inFlight).toBeGreaterThanOrEqual(4);
	});

	test("leaves room at once for a relay that comes while another one, which has had no answer, hangs", () => {
		const { all } = setUp(8, 2);
		const [hanging, other] = all as [Hungry, Hungry];
		hanging.eat();
		other.eat();
		expect(hanging.share.inFlight).toBe(6);
		expect(other.share.inFlight).toBe(2);
	});

	test("is not exceeded by a Reward that is slow for all and answers", () => {
		const { all, clock, budget } = setUp(6, 3);
		for (const one of all) one.eat();
		let most = 0;
		for (let round = 0; round < 40; round++) {
			clock.advance(450);
			for (const one of all) one.answer();
			if (round > 10) most = Math.max(most, budget.inFlight);
		}
		expect(most).toBeLessThanOrEqual(6);
	});

	test("grants at least one request to each of hundreds that hang, and is bounded", () => {
		const { all, clock, budget } = setUp(16, 300);
		for (const one of all) {
			one.eat();
			clock.advance(600);
		}
		for (const { share } of all) expect(share.inFlight).toBeGreaterThanOrEqual(1);
		expect(budget.inFlight).toBeLessThanOrEqual(RequestBudget.most(16, 300));
	});

	test("counts nothing of a relay that has left", () => {
		const { all, budget } = setUp(8, 2);
		const [gone, other] = all as [Hungry, Hungry];
		gone.eat();
		gone.share.leave();
		other.eat();
		other.answer();
		other.eat();
		expect(other.share.inFlight).toBe(8);
		gone.answer(6);
		expect(budget.inFlight).toBe(8);
	});

	test("is kept, and wastes nothing, whatever the order of requests and answers", () => {
		const step = fc.record({ who: fc.nat(3), what: fc.constantFrom("eat", "answer", "wait"), ms: fc.nat(300) });
		fc.assert(
			fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (steps, size) => {
				const { all, clock, budget } = setUp(size, 4);
				for (const { who, what, ms } of steps) {
					const one = all[who] as Hungry;
					if (what === "wait") clock.advance(ms);
					else if (what === "eat") one.eat();
					else one.answer();
					const held = all.reduce((sum, { share }) => sum + share.inFlight, 0);
					expect(budget.inFlight).toBe(held);
					expect(held).toBeLessThanOrEqual(RequestBudget.most(size, 4));
					// Who waits does so because there is nothing left, or because it has shown no answers yet.
					const silent = all.reduce((sum, { share }) => sum + share.silent, 0);
					if (all.every(({ share }) => share.isAnswered) && budget.waiting > 0) {
						expect(held - silent).toBeGreaterThanOrEqual(Math.min(size, 1));
					}
				}
			}),
		);
	});
});
