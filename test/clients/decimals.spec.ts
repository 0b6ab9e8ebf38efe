import Big from "big.js";
import { BigNumber } from "bignumber.js";
import { Decimal } from "decimal.js";
import { describe, expect, test } from "vitest";
import { decimal, emit } from "../../src/index.ts";
import { fakeTransaction } from "../../src/testing/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();
const DIGITS = "12345678901234567890.123456789";

describe("exact numbers are on record digit by digit", () => {
	test.each([
		["decimal.js", new Decimal(DIGITS)],
		["big.js", new Big(DIGITS)],
		["bignumber.js", new BigNumber(DIGITS)],
		["decimal()", decimal(DIGITS)],
		["decimal() of decimal.js", decimal(new Decimal(DIGITS))],
	])("%s", async (name, value) => {
		const { pool, query } = database.current;
		await emit(
			pool,
			{ trigger: "t", user: name, payload: { value, deep: [{ value }] } },
			{ outsideTransaction: "allow" },
		);
		const { rows } = await query("SELECT payload::text FROM reward_outbox.events WHERE user_id = $1", [name]);
		expect(rows).toEqual([{ payload: `{"deep": [{"value": ${DIGITS}}], "value": ${DIGITS}}` }]);
	});

	test.each([
		["1e30 of decimal.js", new Decimal("1e30"), `1${"0".repeat(30)}`],
		["1e-30 of bignumber.js", new BigNumber("1e-30"), `0.${"0".repeat(29)}1`],
		["-0 of big.js", new Big("-0"), "0"],
	])("%s", async (_name, value, text) => {
		const tx = fakeTransaction();
		await emit(tx, { trigger: "t", user: "u", payload: { value } });
		expect(tx.events[0]?.payloadText).toBe(`{"value": ${text}}`);
	});

	test.each([
		["NaN of decimal.js", new Decimal(Number.NaN)],
		["Infinity of bignumber.js", new BigNumber("Infinity")],
	])("%s is refused", async (_name, value) => {
		const refused = emit(fakeTransaction(), { trigger: "t", user: "u", payload: { value } });
		await expect(refused).rejects.toMatchObject({ field: "payload.value", rule: "not_finite" });
	});
});
