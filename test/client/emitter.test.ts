import pg from "pg";
import { expect, test } from "vitest";
import { createEmitter, emit, emitMany } from "../../src/index.ts";

interface Payment {
	value: number;
	currency?: string;
}

interface Triggers {
	successful_payment: Payment;
	newsletter_joined: object;
	profile_completed: { percent?: number };
}

test("a typed emitter is the same two functions", () => {
	expect(createEmitter<Triggers>()).toEqual({ emit, emitMany });
});

test("a typed emitter knows its triggers and their payloads", () => {
	// Compiled, never run: the assertions are the compiler's.
	const compiled = async (tx: pg.PoolClient): Promise<void> => {
		const { emit, emitMany } = createEmitter<Triggers>();
		const payment: Payment = { value: 1 };
		await emit(tx, { trigger: "successful_payment", user: "u", payload: payment, orderingKey: "u" });
		await emit(tx, { trigger: "newsletter_joined", user: "u" });
		await emit(tx, { trigger: "profile_completed", user: "u" });
		await emitMany(tx, [
			{ trigger: "newsletter_joined", user: "u", payload: { any: "thing" } },
			{ trigger: "successful_payment", user: "u", payload: { value: 2, currency: "EUR" } },
		]);
		// @ts-expect-error: no such trigger
		await emit(tx, { trigger: "succesful_payment", user: "u", payload: payment });
		// @ts-expect-error: the payload is missing
		await emit(tx, { trigger: "successful_payment", user: "u" });
		// @ts-expect-error: another trigger's payload
		await emit(tx, { trigger: "successful_payment", user: "u", payload: { percent: 5 } });
		// @ts-expect-error: no such property
		await emit(tx, { trigger: "newsletter_joined", user: "u", idempotency_key: "k" });
	};
	expect(compiled).toBeTypeOf("function");
	expect(pg.Client).toBeTypeOf("function");
});
