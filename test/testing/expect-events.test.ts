import { AssertionError } from "node:assert";
import { expect, test } from "vitest";
import { createRelay } from "../../src/composition/index.ts";
import { emit, emitMany } from "../../src/index.ts";
import { expectEvents, fakeTransaction, startSandbox } from "../../src/testing/index.ts";
import { relayDatabase } from "../relay/running.ts";

const PURCHASE = { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } };

test("the documented snippet passes", async () => {
	const tx = fakeTransaction();
	await emit(tx, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	await expectEvents(tx, [{ trigger: "successful_payment", user: "user123", payload: { value: 19.99 } }]);
});

test("a fake transaction shows what was emitted in it, in one call or several", async () => {
	const tx = fakeTransaction();
	await emit(tx, { ...PURCHASE, idempotencyKey: "order-1", metadata: { order: 1 } });
	await emitMany(tx, [{ trigger: "joined", user: "user2" }, PURCHASE]);
	await expectEvents(tx, [
		PURCHASE,
		{ trigger: "joined", user: "user2", payload: {} },
		{ user: "user123", idempotencyKey: "order-1", metadata: { order: 1 } },
	]);
});

test("it answers a known idempotency key as a database does, and another event with it as well", async () => {
	const tx = fakeTransaction();
	const first = await emit(tx, { ...PURCHASE, idempotencyKey: "order-1" });
	expect(await emit(tx, { ...PURCHASE, idempotencyKey: "order-1" })).toBe(first);
	await expect(emit(tx, { ...PURCHASE, user: "x", idempotencyKey: "order-1" })).rejects.toMatchObject({
		code: "23505",
	});
	await expectEvents(tx, [PURCHASE]);
});

test("after its end it is refused, and a rollback takes the events with it", async () => {
	const [committed, rolledBack] = [fakeTransaction(), fakeTransaction()];
	for (const tx of [committed, rolledBack]) await emit(tx, PURCHASE);
	committed.commit();
	rolledBack.rollback();
	await expect(emit(committed, PURCHASE)).rejects.toMatchObject({ code: "not_in_transaction" });
	await expectEvents(committed, [PURCHASE]);
	await expectEvents(rolledBack, []);
});

test("the application's own statements are answered by the test", async () => {
	const tx = fakeTransaction((text, values) => (text.startsWith("INSERT INTO orders") ? [{ id: values[0] }] : []));
	expect(await tx.query("INSERT INTO orders VALUES ($1) RETURNING id", [7])).toEqual({
		rows: [{ id: 7 }],
		rowCount: 1,
	});
});

test("what is missing, too much or different is an AssertionError with both sides", async () => {
	const tx = fakeTransaction();
	await emit(tx, PURCHASE);
	for (const wrong of [[], [PURCHASE, PURCHASE], [{ ...PURCHASE, payload: { value: 20 } }]]) {
		const error = await expectEvents(tx, wrong).catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(AssertionError);
		expect((error as AssertionError).expected).toEqual(wrong);
		expect((error as AssertionError).message).toMatch(/^expected \d events?, found 1: .*user123/);
	}
});

test("events are found in a database, and waited for in a sandbox", async () => {
	await using database = await relayDatabase();
	await using sandbox = await startSandbox();
	const relay = await createRelay({
		databaseUrl: database.url,
		rewardApiKey: "sk_test_abc",
		rewardApiUrl: sandbox.url,
		logger: null,
	});
	await relay.start();
	try {
		await emit(database.pool, PURCHASE, { outsideTransaction: "allow" });
		await expectEvents(database.pool, [PURCHASE]);
		await expectEvents(sandbox, [PURCHASE]);
		await expect(expectEvents(sandbox, [], { timeoutMs: 30 })).rejects.toThrow("expected 0 events, found 1");
	} finally {
		await relay.stop();
	}
});
