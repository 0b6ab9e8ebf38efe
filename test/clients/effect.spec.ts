import { PgClient } from "@effect/sql-pg";
import { Effect, Redacted } from "effect";
import * as SqlClient from "effect/sql/SqlClient";
import { expect, test } from "vitest";
import { emit } from "../../src/index.ts";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();

const purchase = Effect.gen(function* () {
	const sql = yield* SqlClient.SqlClient;
	yield* sql`INSERT INTO orders VALUES (4711, ${"user123"}, 19.99)`;
	yield* sql`SELECT reward_outbox.emit(
		trigger_id => ${"successful_payment"}::text,
		user_id    => ${"user123"}::text,
		payload    => ${JSON.stringify({ value: 19.99 })}::text::jsonb
	)`;
}).pipe((work) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(work)));

test("the recipe for Effect writes the order and one event", async () => {
	await database.current.query("CREATE TABLE orders (id int PRIMARY KEY, customer_id text, total numeric)");
	const client = PgClient.layer({ url: Redacted.make(database.current.url) });
	await Effect.runPromise(purchase.pipe(Effect.provide(client)));
	const { rows } = await database.current.query("SELECT user_id, payload::text FROM reward_outbox.events");
	expect(rows).toEqual([{ user_id: "user123", payload: '{"value": 19.99}' }]);
});

test("what Effect hands around is no transaction, and the error says what to run in it", async () => {
	const handle = Effect.succeed(1) as unknown as Parameters<typeof emit>[0];
	await expect(emit(handle, { trigger: "t", user: "u" })).rejects.toThrow(/SELECT reward_outbox\.emit\(/);
});
