import { type } from "arktype";
import pg from "pg";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createEmitter, InvalidPayloadError } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();
let client: pg.Client;

beforeAll(async () => {
	client = new pg.Client({ connectionString: database.current.url });
	await client.connect();
	await client.query("BEGIN");
});

afterAll(() => client.end());

async function payload(id: string): Promise<unknown> {
	return (await client.query("SELECT payload FROM reward_outbox.outbox WHERE id = $1", [id])).rows[0]?.payload;
}

/** The same triggers in each library: a number with a default beside it, and anything at all. */
const EMITTERS = {
	zod: createEmitter({
		successful_payment: z.object({ value: z.number().positive(), currency: z.string().default("EUR") }),
		newsletter_joined: z.looseObject({}),
	}),
	valibot: createEmitter({
		successful_payment: v.object({ value: v.pipe(v.number(), v.minValue(0)), currency: v.optional(v.string(), "EUR") }),
		newsletter_joined: v.looseObject({}),
	}),
	arktype: createEmitter({
		successful_payment: type({ value: "number > 0", currency: "string = 'EUR'" }),
		newsletter_joined: type({}),
	}),
};

describe.each(Object.entries(EMITTERS))("a schema of %s", (_, { emit, emitMany }) => {
	test("lets a matching payload through, as it made it", async () => {
		const event = { trigger: "successful_payment", user: "u", payload: { value: 19.99 } } as const;
		expect(await payload(await emit(client, event))).toEqual({ value: 19.99, currency: "EUR" });
		const [first, second] = await emitMany(client, [event, { trigger: "newsletter_joined", user: "u" }]);
		expect(await payload(first as string)).toEqual({ value: 19.99, currency: "EUR" });
		expect(await payload(second as string)).toEqual({});
	});

	test("refuses another one with its issues, and the transaction stays usable", async () => {
		const event = { trigger: "successful_payment", user: "u", payload: { value: -1 } } as const;
		const error = await emit(client, event).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(InvalidPayloadError);
		expect(error).toMatchObject({ code: "invalid_event", field: "payload.value", rule: "schema" });
		expect((error as InvalidPayloadError).issues).toHaveLength(1);
		expect((error as InvalidPayloadError).issues[0]?.message).toBeTypeOf("string");
		const many = emitMany(client, [{ ...event, payload: { value: 1 } }, event]);
		await expect(many).rejects.toMatchObject({ name: "InvalidPayloadError", field: "events[1].payload.value" });
		expect((await client.query("SELECT 1 AS alive")).rows).toEqual([{ alive: 1 }]);
	});
});

test("the documented snippet validates before it writes", async () => {
	const { emit } = createEmitter({
		successful_payment: z.object({ value: z.number().positive() }),
		newsletter_joined: z.object({}),
	});
	await emit(client, { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } });
	const refused = emit(client, { trigger: "successful_payment", user: "user123", payload: { value: -1 } });
	await expect(refused).rejects.toMatchObject({ rule: "schema", issues: [{ path: ["value"] }] });
});

test("a schema's types are the payload's", () => {
	// Compiled, never run: the assertions are the compiler's.
	const compiled = async (tx: pg.Client): Promise<void> => {
		for (const { emit } of [EMITTERS.zod, EMITTERS.valibot, EMITTERS.arktype]) {
			await emit(tx, { trigger: "successful_payment", user: "u", payload: { value: 1 } });
			await emit(tx, { trigger: "successful_payment", user: "u", payload: { value: 1, currency: "USD" } });
			await emit(tx, { trigger: "newsletter_joined", user: "u" });
			// @ts-expect-error: no such trigger
			await emit(tx, { trigger: "succesful_payment", user: "u", payload: { value: 1 } });
			// @ts-expect-error: the payload is missing
			await emit(tx, { trigger: "successful_payment", user: "u" });
			// @ts-expect-error: the wrong type
			await emit(tx, { trigger: "successful_payment", user: "u", payload: { value: "1" } });
		}
		// @ts-expect-error: a payload is an object
		createEmitter({ successful_payment: z.number() });
		// @ts-expect-error: not a schema
		createEmitter({ successful_payment: { value: "number" } });
	};
	expect(compiled).toBeTypeOf("function");
});
