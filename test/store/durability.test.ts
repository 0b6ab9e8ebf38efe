import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import { claim } from "../../src/store/claim.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { createTestDatabase } from "../support/database.ts";
import { startPostgres } from "../support/postgres-server.ts";

const STATEMENTS = {
	"a claim": "SELECT FROM reward_outbox.claim(0, gen_random_uuid(), gen_random_uuid(), 1000, 1, true, '{}', '{}')",
	"what was accepted": "SELECT reward_outbox.settle_accepted(0, '{}', false, '{}')",
	"what was not": "SELECT reward_outbox.settle_failed('[]', false, '{}')",
};

describe.each(Object.entries(STATEMENTS))("%s", (_, statement) => {
	test.each(["off", "local"])(
		"is committed synchronously where the default is %s, and nothing else is",
		async (level) => {
			await using database = await createTestDatabase();
			await database.query(`ALTER DATABASE ${database.name} SET synchronous_commit = ${level}`);
			const client = new pg.Client({ connectionString: database.url });
			await client.connect();
			const shown = async () => (await client.query("SHOW synchronous_commit")).rows[0]?.["synchronous_commit"];
			await client.query("BEGIN");
			const before = await shown();
			await client.query(statement);
			const during = await shown();
			await client.query("COMMIT");
			expect([before, during, await shown()]).toEqual([level, "on", level]);
			await client.end();
		},
	);
});

test("a stricter default is left alone", async () => {
	await using database = await createTestDatabase();
	const { rows } = await database.query(
		"SELECT set_config('synchronous_commit', 'remote_apply', true), (SELECT count(*) FROM reward_outbox.claim(0, gen_random_uuid(), gen_random_uuid(), 1000, 1, true, '{}', '{}')), current_setting('synchronous_commit') AS now",
	);
	expect(rows[0]).toMatchObject({ now: "remote_apply" });
});

describe.skipIf(!inject("testServer").embedded)("when the server crashes", () => {
	test("right after a claim, the claim and its event are there, although the application committed asynchronously", async () => {
		await using server = await startPostgres({
			settings: { fsync: "on", synchronous_commit: "off", wal_writer_delay: "10s" },
		});
		await migrateToLatest(server.url);
		const pool = new pg.Pool({ connectionString: server.url });
		pool.on("error", () => {});
		const { rows } = await pool.query(
			"INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'u') RETURNING id",
		);
		const request = {
			relayNo: 0,
			headLease: randomUUID(),
			dueLease: randomUUID(),
			leaseMs: 60_000,
			limit: 10,
			lookForDue: true,
			heldBack: [],
			probing: [],
			known: null,
		};
		const { events } = await claim(pool, request);
		expect(events.map((event) => event.eventId)).toEqual([rows[0]?.["id"]]);
		await server.kill();
		await pool.end();
		await server.start();
		const after = new pg.Client({ connectionString: server.url });
		await after.connect();
		const found = await after.query(
			"SELECT c.lease_id, e.id, e.status FROM reward_outbox.claims c, reward_outbox.events e WHERE e.id = ANY (c.event_ids)",
		);
		await after.end();
		expect(found.rows).toEqual([{ lease_id: request.headLease, id: rows[0]?.["id"], status: "sending" }]);
	});
});
