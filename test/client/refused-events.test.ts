import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EmitError, type EventInput, emit, emitMany, InvalidEventError } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const VALID = { trigger: "t", user: "u" };
const LONE = "\ud83c";

const cyclic: Record<string, unknown> = {};
cyclic["self"] = { again: [cyclic] };

class Money {
	readonly amount = 5;
}

/** Nested so that the payload is `levels` containers deep, itself included. */
function nested(levels: number): object {
	return levels === 1 ? {} : { next: nested(levels - 1) };
}

const proxy = new Proxy(
	{},
	{
		ownKeys() {
			throw new Error("trap");
		},
	},
);

const REFUSED: readonly (readonly [title: string, event: unknown, field: string, rule: string])[] = [
	["no event", undefined, "event", "type"],
	["null as event", null, "event", "type"],
	["an array as event", [], "event", "type"],
	["a misspelt property", { ...VALID, idempotency_key: "k" }, "event", "unknown"],
	["an event whose accessor throws", Object.defineProperty({ ...VALID }, "payload", thrower()), "event", "unreadable"],

	["no trigger", { user: "u" }, "trigger", "required"],
	["an undefined trigger", { trigger: undefined, user: "u" }, "trigger", "required"],
	["no user", { trigger: "t" }, "user", "required"],
	["a numeric user", { ...VALID, user: 42 }, "user", "type"],
	["a null user", { ...VALID, user: null }, "user", "type"],
	["an empty user", { ...VALID, user: "" }, "user", "length"],
	["a user of 513 bytes", { ...VALID, user: `${"é".repeat(256)}x` }, "user", "length"],
	["a dot as user", { ...VALID, user: "." }, "user", "dots"],
	["two dots as trigger", { ...VALID, trigger: ".." }, "trigger", "dots"],
	["a line feed in a user", { ...VALID, user: "a\nb" }, "user", "control_character"],
	["DEL in a user", { ...VALID, user: "a\u007f" }, "user", "control_character"],
	["a C1 control in a user", { ...VALID, user: "a\u0085" }, "user", "control_character"],
	["U+0000 in a trigger", { ...VALID, trigger: "a\0b" }, "trigger", "nul_character"],
	["half a surrogate pair in a user", { ...VALID, user: `x${LONE}` }, "user", "lone_surrogate"],

	["an empty idempotency key", { ...VALID, idempotencyKey: "" }, "idempotencyKey", "length"],
	["an undefined idempotency key", { ...VALID, idempotencyKey: undefined }, "idempotencyKey", "undefined"],
	["a numeric idempotency key", { ...VALID, idempotencyKey: 4711 }, "idempotencyKey", "type"],
	["an idempotency key of 513 bytes", { ...VALID, idempotencyKey: "k".repeat(513) }, "idempotencyKey", "length"],
	["U+0000 in an ordering key", { ...VALID, orderingKey: "a\0" }, "orderingKey", "nul_character"],
	["half a surrogate pair in an ordering key", { ...VALID, orderingKey: LONE }, "orderingKey", "lone_surrogate"],

	["an invalid Date", { ...VALID, deliverAfter: new Date(Number.NaN) }, "deliverAfter", "invalid_time"],
	["a Date past the year 9999", { ...VALID, deliverAfter: new Date(8.64e15) }, "deliverAfter", "invalid_time"],
	["an infinite time", { ...VALID, deliverAfter: "infinity" }, "deliverAfter", "invalid_time"],
	["a time without offset", { ...VALID, deliverAfter: "2030-01-01T00:00:00" }, "deliverAfter", "invalid_time"],
	["a day that does not exist", { ...VALID, deliverAfter: "2030-02-29T00:00:00Z" }, "deliverAfter", "invalid_time"],
	["a month that does not exist", { ...VALID, deliverAfter: "2030-13-01T00:00:00Z" }, "deliverAfter", "invalid_time"],
	["an hour that does not exist", { ...VALID, deliverAfter: "2030-01-01T24:00:00Z" }, "deliverAfter", "invalid_time"],
	["milliseconds since 1970", { ...VALID, deliverAfter: 1.9e12 }, "deliverAfter", "type"],
	["an Infinity as time", { ...VALID, deliverAfter: Number.POSITIVE_INFINITY }, "deliverAfter", "type"],

	["an undefined payload", { ...VALID, payload: undefined }, "payload", "undefined"],
	["null as payload", { ...VALID, payload: null }, "payload", "type"],
	["an array as payload", { ...VALID, payload: [] }, "payload", "type"],
	["text as payload", { ...VALID, payload: "{}" }, "payload", "type"],
	["a Date as payload", { ...VALID, payload: new Date(0) }, "payload", "not_plain"],
	["a Map as payload", { ...VALID, payload: new Map() }, "payload", "not_plain"],
	["an instance as payload", { ...VALID, payload: new Money() }, "payload", "not_plain"],
	["an undefined property", { ...VALID, payload: { a: undefined } }, "payload.a", "undefined"],
	["a hole in an array", { ...VALID, payload: { a: new Array(3) } }, "payload.a[0]", "undefined"],
	["NaN", { ...VALID, payload: { a: [1, { b: Number.NaN }] } }, "payload.a[1].b", "not_finite"],
	["-Infinity", { ...VALID, payload: { value: -1 / 0 } }, "payload.value", "not_finite"],
	["a BigInt", { ...VALID, payload: { a: 1n } }, "payload.a", "type"],
	["a BigInt as value", { ...VALID, payload: { value: 1n } }, "payload.value", "type"],
	["text as value", { ...VALID, payload: { value: "19.99" } }, "payload.value", "type"],
	["null as value", { ...VALID, payload: { value: null } }, "payload.value", "type"],
	["a nested Date", { ...VALID, payload: { at: new Date(0) } }, "payload.at", "not_plain"],
	["a nested instance", { ...VALID, payload: { price: new Money() } }, "payload.price", "not_plain"],
	["a boxed number", { ...VALID, payload: { price: Object(5) } }, "payload.price", "not_plain"],
	["bytes", { ...VALID, payload: { raw: Buffer.from("x") } }, "payload.raw", "not_plain"],
	["a promise", { ...VALID, payload: { later: Promise.resolve() } }, "payload.later", "not_plain"],
	["a function", { ...VALID, payload: { f: () => 1 } }, "payload.f", "type"],
	["a throwing toJSON", { ...VALID, payload: { toJSON: thrower().get } }, "payload.toJSON", "type"],
	["a symbol", { ...VALID, payload: { s: Symbol("x") } }, "payload.s", "type"],
	["a symbol as key", { ...VALID, payload: { a: { [Symbol("x")]: 1 } } }, "payload.a", "type"],
	["an object in itself", { ...VALID, payload: cyclic }, "payload.self.again[0]", "cyclic"],
	[
		"an accessor that throws",
		{ ...VALID, payload: Object.defineProperty({}, "x", thrower()) },
		"payload.x",
		"unreadable",
	],
	["a proxy that throws", { ...VALID, payload: { p: proxy } }, "payload.p", "unreadable"],
	["half a surrogate pair", { ...VALID, payload: { "odd key": [LONE] } }, 'payload["odd key"][0]', "lone_surrogate"],
	["half a surrogate pair in a key", { ...VALID, payload: { [LONE]: 1 } }, 'payload["\\ud83c"]', "lone_surrogate"],
	["U+0000", { ...VALID, payload: { a: "\0" } }, "payload.a", "nul_character"],
	["U+0000 in a key", { ...VALID, payload: { "\0": 1 } }, 'payload["\\u0000"]', "nul_character"],
	["65 levels", { ...VALID, payload: nested(65) }, `payload${".next".repeat(64)}`, "too_deep"],
	["64 KiB and a byte", { ...VALID, payload: { a: "x".repeat(65_536 - 8) } }, "payload", "too_large"],
	["a gigabyte", { ...VALID, payload: { a: "x".repeat(2 ** 28) } }, "payload", "too_large"],
	["numbers that print large", { ...VALID, payload: { a: Array(250).fill(1e300) } }, "payload", "too_large"],
	["metadata that is no object", { ...VALID, metadata: "x" }, "metadata", "type"],
	["metadata with a Date", { ...VALID, metadata: { at: new Date() } }, "metadata.at", "not_plain"],
];

function thrower(): { readonly enumerable: true; readonly get: () => never } {
	return {
		enumerable: true,
		get: () => {
			throw new Error("accessor");
		},
	};
}

describe("an event that breaks a rule", () => {
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

	test.each(REFUSED)("%s: refused before any SQL, by field and rule", async (_, event, field, rule) => {
		const error = await emit(client, event as EventInput).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(InvalidEventError);
		expect(error).toBeInstanceOf(EmitError);
		expect(error).toMatchObject({ name: "InvalidEventError", code: "invalid_event", field, rule });
		expect((error as Error).message.length).toBeLessThan(600);
		expect(statements).toBe(0);
	});

	test("among several names its place, and none is written", async () => {
		const events = [VALID, { ...VALID, payload: { a: Number.NaN } }] as EventInput[];
		await expect(emitMany(client, events)).rejects.toMatchObject({ field: "events[1].payload.a", rule: "not_finite" });
		await expect(emitMany(client, [undefined] as never)).rejects.toMatchObject({ field: "events[0]", rule: "type" });
		await expect(emitMany(client, "events" as never)).rejects.toMatchObject({ field: "events", rule: "type" });
		await expect(emitMany(client, Array(1_001).fill(VALID))).rejects.toMatchObject({ rule: "too_large" });
		expect(statements).toBe(0);
	});

	test("leaves the transaction as it was: what follows in it commits", async () => {
		const id = await emit(client, VALID);
		await client.query("COMMIT");
		expect(statements).toBe(2);
		const { rowCount } = await database.current.query("SELECT FROM reward_outbox.outbox");
		expect(rowCount).toBe(1);
		expect(id).toBeTypeOf("string");
	});
});

describe("at the limits, an event", () => {
	const database = useTestDatabase();

	test.each<readonly [string, EventInput]>([
		["with ids of 512 bytes", { trigger: "é".repeat(256), user: "x".repeat(512) }],
		["with three dots as user", { ...VALID, user: "..." }],
		["of 64 levels", { ...VALID, payload: nested(64) }],
		["of 64 KiB", { ...VALID, payload: { a: "x".repeat(65_536 - 9) } }],
		["of 64 KiB in large numbers", { ...VALID, payload: { a: Array(216).fill(1e300) } }],
		["with control characters in keys", { ...VALID, idempotencyKey: "\u0001\n", orderingKey: "\u009f" }],
		["with escapes everywhere", { ...VALID, payload: { '"\\\u0001\b\t/\u007f\u2028': "\u0001\f\r🎁" } }],
		["with __proto__ as key", { ...VALID, payload: JSON.parse('{"__proto__": {"a": 1}}') as object }],
		["without a prototype", { ...VALID, payload: Object.create(null) as object }],
		["on a leap day", { ...VALID, deliverAfter: "2028-02-29 23:59:59.999999-15:59" }],
		["in the year 1", { ...VALID, deliverAfter: "0001-01-01T00:00Z" }],
		["in the year 9999", { ...VALID, deliverAfter: new Date("9999-12-31T23:59:59.999Z") }],
	])("%s is accepted by both sides", async (_, event) => {
		const id = await emit(database.current.pool, event, { outsideTransaction: "allow" });
		expect(id).toBeTypeOf("string");
		const { rows } = await database.current.query("SELECT payload FROM reward_outbox.outbox WHERE id = $1", [id]);
		expect(rows[0]?.["payload"]).toEqual({ ...(event.payload ?? {}) });
	});
});
