import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmitter, InvalidEventError, InvalidPayloadError, type StandardSchema } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

interface Payment {
	value: number;
}

type Validate = StandardSchema<Payment>["~standard"]["validate"];

/** Nothing but what the specification asks for. */
function schema(validate: Validate): StandardSchema<Payment> {
	return { "~standard": { version: 1, vendor: "test", validate } };
}

const isPositive: Validate = (payload) =>
	(payload as Payment).value > 0
		? { value: payload as Payment }
		: {
				issues: [
					{ message: "got -1, which is a secret", path: ["items", { key: 3 }, "odd key"] },
					{ message: "and one more" },
				],
			};

const PAID = { trigger: "paid", user: "u", payload: { value: 1 } } as const;
const REFUSED = { trigger: "paid", user: "u", payload: { value: -1 } } as const;

const database = useTestDatabase();
let client: pg.Client;
let statements = 0;

beforeAll(async () => {
	client = new pg.Client({ connectionString: database.current.url });
	await client.connect();
	await client.query("BEGIN");
	const query = client.query.bind(client) as (...args: unknown[]) => unknown;
	Object.assign(client, {
		query: (...args: unknown[]) => {
			statements += 1;
			return query(...args);
		},
	});
});

afterAll(() => client.end());

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
	const before = statements;
	await work();
	return statements - before;
}

describe.each<readonly [string, Validate]>([
	["at once", isPositive],
	["later", async (payload) => isPositive(payload)],
])("a schema that answers %s", (_, validate) => {
	const { emit, emitMany } = createEmitter({ paid: schema(validate) });

	test("lets a matching payload through", async () => {
		expect(await statementsOf(() => emit(client, PAID))).toBe(1);
		expect(await statementsOf(() => emitMany(client, [PAID, PAID]))).toBe(1);
	});

	test("refuses another one before any SQL, with its issues and never a value", async () => {
		let error: unknown;
		const work = () => emit(client, REFUSED).catch((reason: unknown) => (error = reason));
		expect(await statementsOf(work)).toBe(0);
		expect(error).toBeInstanceOf(InvalidPayloadError);
		expect(error).toBeInstanceOf(InvalidEventError);
		expect(error).toMatchObject({
			code: "invalid_event",
			field: 'payload.items[3]["odd key"]',
			rule: "schema",
			requirement: "does not match the schema of its trigger (2 issues)",
			issues: [{ message: "got -1, which is a secret" }, { message: "and one more" }],
		});
		expect((error as Error).message).not.toContain("-1");
	});

	test("refuses one of several by its place, and none is written", async () => {
		const refused = () =>
			expect(emitMany(client, [PAID, REFUSED, PAID])).rejects.toMatchObject({
				name: "InvalidPayloadError",
				field: 'events[1].payload.items[3]["odd key"]',
				issues: [{}, {}],
			});
		expect(await statementsOf(refused)).toBe(0);
	});

	test("leaves no promise behind when several are refused in different ways", async () => {
		const events = [REFUSED, { ...PAID, trigger: "unknown" }, undefined, REFUSED] as never;
		await expect(emitMany(client, events)).rejects.toBeInstanceOf(InvalidEventError);
	});
});

describe("an emitter with schemas", () => {
	test("writes what the schema made of the payload", async () => {
		const { emit } = createEmitter({
			paid: schema((payload) => ({ value: { value: (payload as Payment).value * 2 } })),
		});
		const id = await emit(client, PAID);
		const { rows } = await client.query("SELECT payload FROM reward_outbox.outbox WHERE id = $1", [id]);
		expect(rows).toEqual([{ payload: { value: 2 } }]);
	});

	test("still refuses what no event may be", async () => {
		const { emit } = createEmitter({ paid: schema(() => ({ value: { value: Number.NaN } })) });
		await expect(emit(client, PAID)).rejects.toMatchObject({ field: "payload.value", rule: "not_finite" });
		await expect(emit(client, { ...PAID, user: "" })).rejects.toMatchObject({ field: "user", rule: "length" });
		await expect(emit(client, undefined as never)).rejects.toMatchObject({ field: "event", rule: "type" });
	});

	test("validates a payload that is left out as an empty one", async () => {
		const { emit } = createEmitter({ paid: schema(isPositive) });
		await expect(emit(client, { trigger: "paid", user: "u" } as never)).rejects.toBeInstanceOf(InvalidPayloadError);
	});

	test.each(["unknown", "toString", "__proto__", ""])(
		"refuses the trigger %j, which has no schema",
		async (trigger) => {
			const { emit } = createEmitter({ paid: schema(isPositive) });
			await expect(emit(client, { ...PAID, trigger } as never)).rejects.toMatchObject({ field: "trigger" });
		},
	);

	test("hands on what a schema throws", async () => {
		const broken = new Error("a bug in the schema");
		const { emit } = createEmitter({
			paid: schema(() => {
				throw broken;
			}),
		});
		expect(await statementsOf(() => expect(emit(client, PAID)).rejects.toBe(broken))).toBe(0);
	});

	test.each([
		["undefined", undefined],
		["a type", { value: "number" }],
		["another version", { "~standard": { version: 2, vendor: "test", validate: isPositive } }],
	])("cannot be made of %s", (_, notSchema) => {
		expect(() => createEmitter({ paid: notSchema as never })).toThrow(/"paid" is no Standard Schema v1/);
	});
});
