import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emitArguments } from "../../src/client/emit-arguments.ts";
import { jsonText } from "../../src/client/json-text.ts";
import { emit, InvalidEventError } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();
const alone = { outsideTransaction: "allow" } as const;

const text = fc.string({ unit: "binary" });
const hostileText = fc.oneof(text, fc.constantFrom("\0", "\ud800", "x\udc00", "\u0001", ".", "..", ""));
const json = (leaf: fc.Arbitrary<unknown>, key: fc.Arbitrary<string>) =>
	fc.letrec((tie) => ({
		value: fc.oneof({ depthSize: "medium" }, leaf, tie("array"), tie("object")),
		array: fc.array(tie("value"), { maxLength: 5 }),
		object: fc.dictionary(key, tie("value"), { maxKeys: 5 }),
	})).object;

const number = fc.oneof(fc.double(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const anyPayload = json(
	fc.oneof(
		number,
		hostileText,
		fc.boolean(),
		fc.constant(null),
		fc.constantFrom<unknown>(undefined, 1n, new Date(0), () => 1, Symbol("s"), new Map()),
	),
	fc.oneof(hostileText, fc.constant("value")),
);
const soundPayload = json(
	fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), text.map(withoutNul), fc.boolean(), fc.constant(null)),
	text.map(withoutNul).filter((key) => key !== "value"),
);

function withoutNul(value: string): string {
	return value.replaceAll("\0", "");
}

/** What the database says about the same event, without the client's checks: an error code, or null. */
async function verdictOfDatabase(event: { trigger: string; user: string }, payload: string): Promise<string | null> {
	return database.current
		.query("SELECT reward_outbox.emit($1, $2, $3::jsonb)", [event.trigger, event.user, payload])
		.then(
			() => null,
			(error: { code: string }) => error.code,
		);
}

describe("for any payload", () => {
	test("what the client lets through, the database accepts", async () => {
		await fc.assert(
			fc.asyncProperty(fc.oneof(anyPayload, soundPayload), async (payload) => {
				const event = { trigger: "t", user: "u", payload: payload as object };
				const refusal = await emit(database.current.pool, event, alone).then(
					() => null,
					(error: unknown) => error,
				);
				if (refusal !== null) expect(refusal).toBeInstanceOf(InvalidEventError);
			}),
			{ numRuns: 300 },
		);
	});

	test("every sound one passes, is as large as PostgreSQL prints it, and comes back the same", async () => {
		await fc.assert(
			fc.asyncProperty(soundPayload, async (payload) => {
				const sent = jsonText("payload", payload);
				const { rows } = await database.current.query(
					"SELECT octet_length($1::jsonb::text) AS bytes, $1::jsonb AS value",
					[sent],
				);
				expect(rows[0]).toEqual({ bytes: Buffer.byteLength(sent), value: JSON.parse(JSON.stringify(payload)) });
			}),
			{ numRuns: 300 },
		);
	});

	test("one that has no JSON form is refused however deep it hides", () => {
		fc.assert(
			fc.property(
				soundPayload,
				fc.constantFrom<unknown>(undefined, Number.NaN, 1n, new Date(0), () => 1, Symbol("s"), "\0", "\udfff"),
				fc.array(fc.boolean(), { maxLength: 20 }),
				(payload, bad, wrappings) => {
					const hidden = wrappings.reduce<unknown>((inner, asArray) => (asArray ? [inner] : { inner }), bad);
					const withBad = { ...(payload as object), hidden };
					expect(() => emitArguments({ trigger: "t", user: "u", payload: withBad })).toThrow(InvalidEventError);
				},
			),
		);
	});
});

describe("for any id", () => {
	test("client and database agree on whether it is allowed", async () => {
		const id = fc.oneof(hostileText, fc.string({ unit: "grapheme", maxLength: 300, size: "max" }));
		await fc.assert(
			fc.asyncProperty(id, async (user) => {
				// Neither can be sent at all: a driver replaces the one and PostgreSQL's protocol ends at the other.
				fc.pre(user.isWellFormed() && !user.includes("\0"));
				const verdict = await verdictOfDatabase({ trigger: "t", user }, "{}");
				const refusal = await emit(database.current.pool, { trigger: "t", user }, alone).then(
					() => null,
					() => "23514",
				);
				expect(refusal).toBe(verdict);
			}),
			{ numRuns: 300 },
		);
	});
});

describe("for any time", () => {
	test("the database reads the instant the client was given", async () => {
		const dates = fc.date({
			min: new Date("0001-01-01T00:00:00Z"),
			max: new Date("9999-12-31T23:59:59.999Z"),
			noInvalidDate: true,
		});
		await fc.assert(
			fc.asyncProperty(dates, async (deliverAfter) => {
				const id = await emit(database.current.pool, { trigger: "t", user: "u", deliverAfter }, alone);
				const { rows } = await database.current.query(
					"SELECT (extract(epoch FROM deliver_after) * 1000)::bigint::text AS ms FROM reward_outbox.outbox WHERE id = $1",
					[id],
				);
				expect(rows).toEqual([{ ms: String(deliverAfter.getTime()) }]);
			}),
			{ numRuns: 100 },
		);
	});
});
