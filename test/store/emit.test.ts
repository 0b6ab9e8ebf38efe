import pg from "pg";
import { describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { begin, claimAll, ids, type Queryable } from "./events.ts";

async function emit(
	db: Queryable,
	key: string | null,
	values: { trigger?: string; user?: string; payload?: string } = {},
): Promise<string> {
	const { rows } = await db.query("SELECT reward_outbox.emit($1, $2, $3, idempotency_key => $4) AS id", [
		values.trigger ?? "payment",
		values.user ?? "user1",
		values.payload ?? '{"value": 1}',
		key,
	]);
	return rows[0]?.["id"] as string;
}

async function untilWaiting(database: TestDatabase): Promise<void> {
	await expect
		.poll(async () => {
			const { rows } = await database.query(
				"SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
			);
			return rows[0]?.["n"];
		})
		.toBe(1);
}

describe("emit", () => {
	test("writes one event with all that it is given, and returns its id", async () => {
		await using database = await createTestDatabase();
		const { rows } =
			await database.query(`SELECT reward_outbox.emit(trigger_id => 't', user_id => 'u', payload => '{"value": 19.99}', idempotency_key => 'i',
			ordering_key => 'o', deliver_after => '2999-01-01Z', metadata => '{"order": 1}') AS id`);
		const found = await database.query(
			"SELECT id, trigger_id, user_id, payload, idempotency_key, ordering_key, metadata, status, attempts, next_attempt_at, source FROM reward_outbox.events",
		);
		expect(found.rows).toEqual([
			{
				id: rows[0]?.["id"],
				trigger_id: "t",
				user_id: "u",
				payload: { value: 19.99 },
				idempotency_key: "i",
				ordering_key: "o",
				metadata: { order: 1 },
				status: "pending",
				attempts: 0,
				next_attempt_at: new Date("2999-01-01Z"),
				source: null,
			},
		]);
	});

	test("needs a trigger and a user only; a null payload is an empty one", async () => {
		await using database = await createTestDatabase();
		await database.query("SELECT reward_outbox.emit('t', 'u')");
		await database.query("SELECT reward_outbox.emit('t', 'u', NULL)");
		expect((await claimAll(database)).map((event) => event.body)).toEqual(["{}", "{}"]);
	});
});

describe("an idempotency key", () => {
	test("makes a second emit return the first id and add nothing, in the same transaction or a later one", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		const first = await emit(tx, "k");
		expect(await emit(tx, "k")).toBe(first);
		await tx.query("COMMIT");
		expect(await emit(database, "k")).toBe(first);
		expect(await emit(database, "k", { payload: '{ "value":1 }' })).toBe(first);
		expect(ids(await claimAll(database))).toEqual([first]);
		expect(await emit(database, "k")).toBe(first);
		expect(await claimAll(database)).toEqual([]);
	});

	test("left out means no such limit", async () => {
		await using database = await createTestDatabase();
		expect(await emit(database, null)).not.toBe(await emit(database, null));
	});

	test.each([
		["trigger", { trigger: "other" }],
		["user", { user: "other" }],
		["payload", { payload: '{"value": 2}' }],
	])("used again with another %s is an error that names the key and the first event", async (_name, other) => {
		await using database = await createTestDatabase();
		const first = await emit(database, "order-'4711'");
		await expect(emit(database, "order-'4711'", other)).rejects.toMatchObject({
			code: "23505",
			constraint: "outbox_idempotency_key",
			column: "idempotency_key",
			message: "idempotency_key 'order-''4711''' was already used for another event",
			detail: expect.stringContaining(first),
		});
	});

	test("used again with other values tells a mere writer nothing of the first event but that it exists", async () => {
		await using database = await createTestDatabase();
		const first = await emit(database, "order-1");
		await using client = await begin(database);
		await client.query("SET LOCAL ROLE reward_outbox_writer");
		const error = await emit(client, "order-1", { user: "guessed" }).catch((thrown) => thrown);
		expect(error).toMatchObject({ code: "23505", detail: expect.stringContaining("is not this one") });
		expect(JSON.stringify({ ...error, message: error.message })).not.toContain(first);
	});

	test("used by two transactions at once: the second waits, and gets the first's id once that has committed", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		const first = await emit(tx, "k");
		const second = emit(database, "k");
		await untilWaiting(database);
		await tx.query("COMMIT");
		expect(await second).toBe(first);
		expect(ids(await claimAll(database))).toEqual([first]);
	});

	test("used by two transactions at once: the second inserts when the first is rolled back", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		const first = await emit(tx, "k");
		const second = emit(database, "k");
		await untilWaiting(database);
		await tx.query("ROLLBACK");
		expect(await second).not.toBe(first);
		expect(ids(await claimAll(database))).toEqual([await second]);
	});

	test("used by two transactions at once with different values: the second fails, and only the first is sent", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database);
		const first = await emit(tx, "k");
		const second = emit(database, "k", { user: "other" }).catch((error) => error.code);
		await untilWaiting(database);
		await tx.query("COMMIT");
		expect(await second).toBe("23505");
		expect(ids(await claimAll(database))).toEqual([first]);
	});

	test("under repeatable read, a key that was committed meanwhile is a serialization failure, never a second event", async () => {
		await using database = await createTestDatabase();
		await using tx = await begin(database, "REPEATABLE READ");
		await tx.query("SELECT count(*) FROM reward_outbox.outbox");
		await emit(database, "k");
		await expect(emit(tx, "k")).rejects.toMatchObject({ code: "40001" });
	});

	test("makes nobody wait with wait => false; of two at once one is sent, and the other says of which it is a duplicate", async () => {
		await using database = await createTestDatabase();
		const text = "SELECT reward_outbox.emit('t', 'u', idempotency_key => $1, wait => false) AS id";
		const [a, b] = [new pg.Client(database.url), new pg.Client(database.url)];
		await Promise.all([a.connect(), b.connect()]);
		try {
			for (const client of [a, b]) await client.query("SET statement_timeout = '5s'; BEGIN");
			// In opposite order, which is a deadlock where keys are waited for.
			await a.query(text, ["no-wait-1"]);
			await b.query(text, ["no-wait-2"]);
			await a.query(text, ["no-wait-2"]);
			await b.query(text, ["no-wait-1"]);
			await Promise.all([a.query("COMMIT"), b.query("COMMIT")]);
		} finally {
			await Promise.all([a.end(), b.end()]);
		}
		expect(await claimAll(database)).toHaveLength(2);
		const { rows } = await database.query(
			"SELECT status, count(*)::int AS n FROM reward_outbox.events GROUP BY 1 ORDER BY 1",
		);
		expect(rows).toEqual([
			{ status: "cancelled", n: 2 },
			{ status: "sending", n: 2 },
		]);
	});

	test("with wait => false returns the first id again, and refuses other values, as it does with waiting", async () => {
		await using database = await createTestDatabase();
		const emit = async (more: string) =>
			(
				await database.query(
					`SELECT reward_outbox.emit('t', 'u', idempotency_key => 'again', wait => false ${more}) AS id`,
				)
			).rows[0];
		expect(await emit("")).toEqual(await emit(""));
		await expect(emit(`, payload => '{"value": 2}'`)).rejects.toMatchObject({ code: "23505" });
	});

	test("used by fifty callers at once yields one event", async () => {
		await using database = await createTestDatabase();
		const returned = await Promise.all(Array.from({ length: 50 }, () => emit(database, "k")));
		expect(new Set(returned).size).toBe(1);
		expect(await claimAll(database)).toHaveLength(1);
	});

	test("in a plain INSERT is unique too", async () => {
		await using database = await createTestDatabase();
		const plain = () =>
			database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id, idempotency_key) VALUES ('t', 'u', 'k')");
		await plain();
		await expect(plain()).rejects.toMatchObject({ code: "23505", constraint: "outbox_idempotency_key" });
	});
});
