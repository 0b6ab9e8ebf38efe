import { describe, expect, test } from "vitest";
import { AnswerSlots } from "../../src/api/answer-slots.ts";

const NEVER = new AbortController().signal;
const LIMITS = { inAll: 3, perReader: 2, patienceMs: 60_000 };

/** What a reader got so far, in the order of getting it. */
function takes(slots: AnswerSlots, got: string[]) {
	return (reader: string, gone: AbortSignal = NEVER) =>
		slots.take(reader, gone).then((giveBack) => {
			got.push(reader);
			return giveBack;
		});
}

describe("slots for answers", () => {
	test("are shared: who has a share waits for himself, and nobody else does", async () => {
		const got: string[] = [];
		const take = takes(new AnswerSlots(LIMITS), got);
		const first = await take("anna");
		await take("anna");
		const third = take("anna");
		await take("bert");
		expect(got).toEqual(["anna", "anna", "bert"]);
		first();
		await third;
		expect(got).toEqual(["anna", "anna", "bert", "anna"]);
	});

	test("go to whoever has waited longest and may have one", async () => {
		const got: string[] = [];
		const take = takes(new AnswerSlots(LIMITS), got);
		const [first, second] = [await take("anna"), await take("anna")];
		await take("bert");
		const waiting = [take("anna"), take("carl"), take("dora")];
		second();
		await waiting[0];
		first();
		await waiting[1];
		expect(got).toEqual(["anna", "anna", "bert", "anna", "carl"]);
	});

	test("are refused when none is free in time, and one who has gone leaves his place", async () => {
		const slots = new AnswerSlots({ inAll: 1, perReader: 1, patienceMs: 1 });
		const giveBack = await slots.take("anna", NEVER);
		await expect(slots.take("bert", NEVER)).rejects.toMatchObject({ problem: { status: 503, code: "too_busy" } });
		await expect(slots.take("bert", AbortSignal.abort())).rejects.toMatchObject({ problem: { code: "too_busy" } });
		giveBack();
		await slots.take("carl", NEVER);
	});
});
