import { expect, test } from "vitest";
import { createEmitter, decimal, type EventInput, emit } from "../../src/index.ts";
import { fakeTransaction } from "../../src/testing/index.ts";

/** Never called: the compiler reads it, in `npm run types`. */
function whatTheCompilerSays(tx: ReturnType<typeof fakeTransaction>, known: { total: number; note?: string }): void {
	const event = { trigger: "t", user: "u" };
	// @ts-expect-error a numeric string
	void emit(tx, { ...event, payload: { value: "19.99" } });
	// @ts-expect-error a Date
	void emit(tx, { ...event, payload: { at: new Date() } });
	// @ts-expect-error a Date, deep inside
	void emit(tx, { ...event, payload: { items: [{ at: new Date() }] } });
	// @ts-expect-error a BigInt
	void emit(tx, { ...event, payload: { points: 1n } });
	// @ts-expect-error a Map
	void emit(tx, { ...event, payload: new Map([["value", 1]]) });
	// @ts-expect-error a Map inside
	void emit(tx, { ...event, payload: { of: new Map() } });
	// @ts-expect-error an array
	void emit(tx, { ...event, payload: [1] });
	// @ts-expect-error undefined
	void emit(tx, { ...event, payload: { note: undefined } });
	// @ts-expect-error a promise that nobody awaited
	void emit(tx, { ...event, payload: { value: Promise.resolve(1) } });
	// @ts-expect-error a function
	void emit(tx, { ...event, metadata: { f: () => 1 } });
	// @ts-expect-error a misspelt option
	void emit(tx, event, { outsideTransction: "allow" });
	void emit(tx, { ...event, payload: { value: 19.99, items: [{ sku: "a", n: 1, gift: null }] }, metadata: known });
	void emit(tx, { ...event, payload: { value: decimal("19.90") } });
	const dynamic: Record<string, unknown> = {};
	void emit(tx, { ...event, payload: dynamic });
	const listed: EventInput[] = [event];
	for (const one of listed) void emit(tx, one);
	const typed = createEmitter<{ paid: { value: number } }>();
	void typed.emit(tx, { trigger: "paid", user: "u", payload: { value: 1 } });
}

test("what the compiler lets through is taken when the program runs", async () => {
	const tx = fakeTransaction();
	await emit(tx, { trigger: "t", user: "u", payload: { value: 1, items: [{ gift: null }] } });
	expect(tx.events).toHaveLength(1);
	expect(whatTheCompilerSays).toBeTypeOf("function");
});
