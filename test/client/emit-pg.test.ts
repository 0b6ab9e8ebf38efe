import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emit, emitMany, NotInTransactionError, UnsupportedTransactionError } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PURCHASE = { trigger: "successful_payment", user: "user123", payload: { value: 19.99 } };

const database = useTestDatabase();
let client: pg.Client;

beforeEach(async () => {
	client = new pg.Client({ connectionString: database.current.url });
	await client.connect();
});

afterEach(() => client.end());

/** Ids of the events that are committed, asked on another connection. */
async function committed(ids: readonly string[]): Promise<string[]> {
	const { rows } = await database.current.query<{ id: string }>(
		"SELECT id FROM reward_outbox.outbox WHERE id = ANY ($1) ORDER BY seq",
		[ids],
	);
	return rows.map((row) => row.id);
}

describe("an event", () => {
	test("is there once its transaction has committed, and not before", async () => {
		await client.query("BEGIN");
		const id = await emit(client, PURCHASE);
		expect(id).toMatch(UUID);
		expect(await committed([id])).toEqual([]);
		await client.query("COMMIT");
		expect(await committed([id])).toEqual([id]);
	});

	test("is not there after a rollback", async () => {
		await client.query("BEGIN");
		const id = await emit(client, PURCHASE);
		await client.query("ROLLBACK");
		expect(await committed([id])).toEqual([]);
	});

	test("goes with its savepoint, and the rest of the transaction stays", async () => {
		await client.query("BEGIN");
		const kept = await emit(client, PURCHASE);
		await client.query("SAVEPOINT attempt");
		const undone = await emit(client, PURCHASE);
		await client.query("ROLLBACK TO SAVEPOINT attempt");
		await client.query("COMMIT");
		expect(await committed([kept, undone])).toEqual([kept]);
	});

	test("keeps every field as it was given", async () => {
		await client.query("BEGIN");
		const id = await emit(client, {
			trigger: "a/b?c#d %",
			user: " 🎁 عميل ",
			payload: { value: 1e-7, big: 2 ** 80, nested: [{ text: 'quote " and \\ and \u0007' }, null, true] },
			idempotencyKey: "fields-1",
			orderingKey: "user123",
			deliverAfter: "2031-02-03T04:05:06.123456+01:00",
			metadata: { order_id: 4711 },
		});
		await client.query("COMMIT");
		const { rows } = await database.current.query(
			`SELECT trigger_id, user_id, payload::text AS payload, idempotency_key, ordering_key,
			        to_char(deliver_after AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS deliver_after, metadata, source
			   FROM reward_outbox.outbox WHERE id = $1`,
			[id],
		);
		expect(rows).toEqual([
			{
				trigger_id: "a/b?c#d %",
				user_id: " 🎁 عميل ",
				payload:
					'{"big": 1208925819614629200000000, "value": 0.0000001, ' +
					'"nested": [{"text": "quote \\" and \\\\ and \\u0007"}, null, true]}',
				idempotency_key: "fields-1",
				ordering_key: "user123",
				deliver_after: "2031-02-03 03:05:06.123456",
				metadata: { order_id: 4711 },
				source: null,
			},
		]);
	});

	test("has an empty payload and nothing else when nothing else is given", async () => {
		await client.query("BEGIN");
		const id = await emit(client, {
			trigger: "signup",
			user: "u",
			deliverAfter: null,
			metadata: null,
			orderingKey: null,
		});
		const { rows } = await client.query(
			"SELECT payload, idempotency_key, ordering_key, deliver_after, metadata FROM reward_outbox.outbox WHERE id = $1",
			[id],
		);
		await client.query("ROLLBACK");
		expect(rows).toEqual([
			{ payload: {}, idempotency_key: null, ordering_key: null, deliver_after: null, metadata: null },
		]);
	});
});

describe("an idempotency key", () => {
	test("gives a second event the first one's id", async () => {
		await client.query("BEGIN");
		const first = await emit(client, { ...PURCHASE, idempotencyKey: "order-1-paid" });
		const second = await emit(client, { ...PURCHASE, idempotencyKey: "order-1-paid" });
		await client.query("COMMIT");
		expect(second).toBe(first);
	});

	test("used for another event is the database's error, unchanged", async () => {
		await client.query("BEGIN");
		await emit(client, { ...PURCHASE, idempotencyKey: "order-2-paid" });
		const other = emit(client, { ...PURCHASE, user: "somebody else", idempotencyKey: "order-2-paid" });
		await expect(other).rejects.toMatchObject({ code: "23505", constraint: "outbox_idempotency_key" });
		await expect(other).rejects.toBeInstanceOf(pg.DatabaseError);
		await client.query("ROLLBACK");
	});
});

describe("several events", () => {
	test("are written in one statement, and answered in the order given", async () => {
		const events = Array.from({ length: 200 }, (_, index) => ({
			...PURCHASE,
			user: `many-${index}`,
			payload: { index },
		}));
		await client.query("BEGIN");
		const ids = await emitMany(client, events);
		await client.query("COMMIT");
		expect(await committed(ids)).toEqual(ids);
		const { rows } = await database.current.query(
			"SELECT user_id, payload ->> 'index' AS index FROM reward_outbox.outbox WHERE id = ANY ($1) ORDER BY seq",
			[ids],
		);
		expect(rows).toEqual(events.map((event, index) => ({ user_id: event.user, index: String(index) })));
	});

	test("mean field by field what one event means", async () => {
		const event = {
			trigger: 'quote " \\ 🎁',
			user: " blanks ",
			payload: { value: 1e-7, "": null },
			orderingKey: "control \u0001 is fine here",
			deliverAfter: new Date("2031-01-01T00:00:00.001Z"),
			metadata: { empty: {} },
		};
		await client.query("BEGIN");
		const one = await emit(client, { ...event, idempotencyKey: "one" });
		const [many] = await emitMany(client, [{ ...event, idempotencyKey: "many" }]);
		const { rows } = await client.query(
			`SELECT trigger_id, user_id, payload::text AS payload, ordering_key, deliver_after, metadata
			   FROM reward_outbox.outbox WHERE id IN ($1, $2)`,
			[one, many],
		);
		await client.query("ROLLBACK");
		expect(rows).toHaveLength(2);
		expect(rows[1]).toEqual(rows[0]);
		expect(rows[0]).toMatchObject({ user_id: event.user, deliver_after: event.deliverAfter, metadata: event.metadata });
	});

	test("may share an idempotency key", async () => {
		await client.query("BEGIN");
		const event = { ...PURCHASE, idempotencyKey: "shared" };
		const [first, second] = await emitMany(client, [event, event]);
		await client.query("ROLLBACK");
		expect(second).toBe(first);
	});

	test("of which there are none send nothing", async () => {
		await client.query("BEGIN");
		expect(await emitMany(client, [])).toEqual([]);
		await client.query("ROLLBACK");
	});
});

describe("without a transaction", () => {
	test("a connection outside BEGIN is refused", async () => {
		await expect(emit(client, PURCHASE)).rejects.toMatchObject({ reason: "no_transaction" });
		await client.query("BEGIN");
		await client.query("COMMIT");
		await expect(emit(client, PURCHASE)).rejects.toBeInstanceOf(NotInTransactionError);
	});

	test("a pool is refused", async () => {
		await expect(emit(database.current.pool, PURCHASE)).rejects.toMatchObject({ reason: "pool" });
		await expect(emitMany(database.current.pool, [])).rejects.toMatchObject({ reason: "pool" });
	});

	test("a pool and a connection are taken when the caller says so", async () => {
		const alone = { outsideTransaction: "allow" } as const;
		const ids = [await emit(database.current.pool, PURCHASE, alone), await emit(client, PURCHASE, alone)];
		expect(await committed(ids)).toEqual(ids);
	});

	test("a transaction that has failed already is refused, and can be rolled back", async () => {
		await client.query("BEGIN");
		await expect(client.query("SELECT 1 / 0")).rejects.toThrow();
		await expect(emit(client, PURCHASE)).rejects.toMatchObject({ reason: "aborted" });
		await client.query("ROLLBACK");
	});

	test("a connection that has ended is refused", async () => {
		const ended = new pg.Client({ connectionString: database.current.url });
		await ended.connect();
		await ended.query("BEGIN");
		await ended.end();
		await expect(emit(ended, PURCHASE)).rejects.toMatchObject({ reason: "closed" });
	});

	test.each([
		["undefined", undefined],
		["null", null],
		["a string", "postgres://localhost"],
		["an object", {}],
		["something that merely queries", { query: () => Promise.resolve({ rows: [] }) }],
	])("%s is refused as no transaction of a known library", async (_, handle) => {
		await expect(emit(handle as unknown as pg.Client, PURCHASE)).rejects.toBeInstanceOf(UnsupportedTransactionError);
	});
});
