import { describe, expect, test } from "vitest";
import { decimal, emit } from "../../src/index.ts";
import { fakeTransaction } from "../../src/testing/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();

describe("decimal()", () => {
	test.each([
		["19.90", "19.90"],
		["0", "0"],
		["-3.10", "-3.10"],
		["-0.00", "0.00"],
		[12345678901234567890n, "12345678901234567890"],
	])("%s is on record, and would reach Reward, as %s", async (value, text) => {
		const { pool, query } = database.current;
		const id = await emit(
			pool,
			{ trigger: "t", user: "u", payload: { value: decimal(value) }, metadata: { total: decimal(value) } },
			{ outsideTransaction: "allow" },
		);
		const { rows } = await query("SELECT payload::text, metadata::text FROM reward_outbox.events WHERE id = $1", [id]);
		expect(rows).toEqual([{ payload: `{"value": ${text}}`, metadata: `{"total": ${text}}` }]);
	});

	test.each([
		"",
		" 1",
		"1 ",
		"+1",
		".5",
		"5.",
		"1e3",
		"0x10",
		"01",
		"1,5",
		"NaN",
		"Infinity",
		`0.${"1".repeat(16_384)}`,
	])("%j is refused", (value) => {
		expect(() => decimal(value)).toThrow(expect.objectContaining({ code: "invalid_event", field: "decimal" }));
	});

	test.each([undefined, null, 1, {}])("%o is refused", (value) => {
		expect(() => decimal(value as never)).toThrow(expect.objectContaining({ rule: "type" }));
	});
});

test.each([
	["a numeric string as value", { value: "19.99" }, /decimal\(\) writes it exactly/],
	["a BigInt as value", { value: 1n }, /decimal\(\) writes it exactly/],
	["a BigInt elsewhere", { points: 1n }, /decimal\(\) writes it exactly/],
])("the error for %s says how it is done", async (_title, payload, words) => {
	await expect(emit(fakeTransaction(), { trigger: "t", user: "u", payload: payload as object })).rejects.toThrow(words);
});

describe("a time of Temporal", () => {
	const at = (epochNanoseconds: bigint, tag: string) => ({ epochNanoseconds, [Symbol.toStringTag]: tag });

	test.each([
		["Temporal.Instant", 1_900_000_000_123_456_789n, "2030-03-17T17:46:40.123456Z"],
		["Temporal.ZonedDateTime", -1n, "1969-12-31T23:59:59.999999Z"],
	])("%s of %d ns", async (tag, nanoseconds, text) => {
		const tx = fakeTransaction();
		await emit(tx, { trigger: "t", user: "u", deliverAfter: at(nanoseconds, tag) as never });
		expect(tx.events[0]?.deliverAfter).toBe(text);
	});

	test("without a place on the time line is refused", async () => {
		const deliverAfter = { [Symbol.toStringTag]: "Temporal.PlainDateTime" } as never;
		const refused = emit(fakeTransaction(), { trigger: "t", user: "u", deliverAfter });
		await expect(refused).rejects.toMatchObject({ field: "deliverAfter", rule: "type" });
	});
});

describe("did you mean", () => {
	test.each([
		[{ idempotency_key: "k" }, "did you mean idempotencyKey?"],
		[{ orderingkey: "k" }, "did you mean orderingKey?"],
		[{ meta: {} }, "it may have trigger, user"],
	])("of an event %j", async (wrong, words) => {
		const event = { trigger: "t", user: "u", ...wrong };
		await expect(emit(fakeTransaction(), event)).rejects.toThrow(words);
	});

	test.each([
		[{ outsideTransction: "allow" }, /must not have "outsideTransction"; did you mean outsideTransaction\?/],
		[{ outsideTransaction: "yes" }, /options\.outsideTransaction must be refuse or allow/],
		[null, /options must be an object, got null/],
	])("of options %j", async (options, words) => {
		await expect(emit(fakeTransaction(), { trigger: "t", user: "u" }, options as never)).rejects.toThrow(words);
	});
});
