import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { adopt, readAdoption } from "../../src/store/adopt.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const emit = async (db: TestDatabase, user: string, orderingKey: string | null = null): Promise<string> => {
	const { rows } = await db.query<{ id: string }>(
		"INSERT INTO reward_outbox.outbox (trigger_id, user_id, ordering_key) VALUES ('t', $1, $2) RETURNING id",
		[user, orderingKey],
	);
	return rows[0]?.id ?? "";
};

const claim = async (db: TestDatabase, limit = 10): Promise<string[]> => {
	const { rows } = await db.query<{ user_id: string }>(
		"SELECT e.user_id FROM reward_outbox.claim(1, $1, $2, 60000, $3, true, '{}', '{}') c, unnest(c.events) e",
		[randomUUID(), randomUUID(), limit],
	);
	return rows.map((row) => row.user_id).sort();
};

const statusOf = async (db: TestDatabase, id: string): Promise<string | undefined> =>
	(await db.query<{ status: string }>("SELECT status FROM reward_outbox.events WHERE id = $1", [id])).rows[0]?.status;

const decision = { cancelBacklog: false, reason: "a test", actor: null };

/** What a dump looks like in a younger cluster: its transaction ids are of a future that has not come here yet. */
const pretendRestoredFromAnOldCluster = async (db: TestDatabase) => {
	await db.query("UPDATE reward_outbox.outbox SET xid = '900000000'");
	await db.query("INSERT INTO reward_outbox.head (read_through) VALUES ('900000001:900000001:')");
	await db.query("UPDATE reward_outbox.installation SET system_identifier = 'another cluster'");
};

describe("adopting", () => {
	test("waits for a transaction that is writing, and lets other writers go on meanwhile", async () => {
		await using db = await createTestDatabase();
		const [holder, writer] = [await db.pool.connect(), await db.pool.connect()];
		try {
			await holder.query("BEGIN; INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'long')");
			let adopted = false;
			const adopting = adopt(db.pool, decision).then((unfinished) => {
				adopted = true;
				return unfinished;
			});
			const queued = `SELECT count(*)::int AS n FROM pg_locks
				WHERE NOT granted AND mode = 'AccessExclusiveLock' AND relation = 'reward_outbox.outbox'::regclass`;
			const waiting = async () => ((await db.query<{ n: number }>(queued)).rows[0]?.n ?? 0) > 0;
			for (let tries = 0; tries < 2; tries++) {
				await expect.poll(waiting, { interval: 10, timeout: 10_000 }).toBe(true);
				// It would wait behind the one that waits until the first transaction ends, if that one did not give up.
				await writer.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'short')");
			}
			expect(adopted).toBe(false);
			await holder.query("COMMIT");
			expect(await adopting).toBe(3);
		} finally {
			holder.release();
			writer.release();
		}
	});

	test("sends one of the captured events that have a key in common, or none where the application has sent it", async () => {
		await using db = await createTestDatabase();
		const insert = `INSERT INTO reward_outbox.outbox (trigger_id, user_id, idempotency_key, captured_key, source)
			VALUES ('t', $1, $2, $3, 'a watch') RETURNING id`;
		const ids: string[] = [];
		for (const values of [
			["first", null, "captured"],
			["second", null, "captured"],
			["emitted", "emitted", null],
			["late", null, "emitted"],
		]) {
			ids.push((await db.query<{ id: string }>(insert, values)).rows[0]?.id ?? "");
		}
		await adopt(db.pool, decision);
		const { rows } = await db.query(
			"SELECT event_id AS id, duplicate_of AS of, status FROM reward_outbox.event_states ORDER BY seq",
		);
		expect(rows).toEqual([
			{ id: ids[0], of: null, status: "pending" },
			{ id: ids[1], of: ids[0], status: "cancelled" },
			{ id: ids[2], of: null, status: "pending" },
			{ id: ids[3], of: ids[2], status: "cancelled" },
		]);
	});

	test("finds what was written between a restore and its adoption, whatever transaction ids it has", async () => {
		await using db = await createTestDatabase();
		await adopt(db.pool, decision);
		await emit(db, "before");
		expect(await claim(db)).toEqual(["before"]);
		await pretendRestoredFromAnOldCluster(db);
		const after = await emit(db, "after");
		expect((await readAdoption(db.pool)).verdict).toMatchObject({
			kind: "stop",
			code: "not_adopted",
			reason: expect.stringContaining("another PostgreSQL cluster"),
		});
		expect(await adopt(db.pool, decision)).toBe(2);
		expect(await statusOf(db, after)).toBe("pending");
		await emit(db, "later");
		expect([...(await claim(db, 1)), ...(await claim(db))].sort()).toEqual(["after", "later"]);
	});

	test("does not send again what is on record as delivered", async () => {
		await using db = await createTestDatabase();
		await adopt(db.pool, decision);
		const delivered = await emit(db, "delivered");
		const { rows } = await db.query<{ lease: string }>("SELECT gen_random_uuid() AS lease");
		const lease = rows[0]?.lease ?? "";
		await db.query("SELECT FROM reward_outbox.claim(1, $1, $2, 60000, 10, true, '{}', '{}')", [lease, randomUUID()]);
		await db.query(
			"SELECT reward_outbox.settle_accepted(1, ARRAY[($1::uuid, $2::uuid, 1, 1, 1, 200, NULL)::reward_outbox.accepted_attempt], false, ARRAY[$1::uuid])",
			[lease, delivered],
		);
		await pretendRestoredFromAnOldCluster(db);
		expect(await adopt(db.pool, decision)).toBe(0);
		expect(await statusOf(db, delivered)).toBe("delivered");
		expect(await claim(db)).toEqual([]);
	});

	test("an ordering key whose first event was cancelled goes on with its second", async () => {
		await using db = await createTestDatabase();
		await adopt(db.pool, decision);
		const first = await emit(db, "first", "k");
		await emit(db, "second", "k");
		await emit(db, "third", "k");
		await db.query("SELECT FROM reward_outbox.cancel_events(ARRAY[$1::uuid])", [first]);
		await adopt(db.pool, decision);
		expect(await claim(db)).toEqual(["second"]);
	});

	test("cancelling the backlog includes first attempts that were under way, and keeps them on record", async () => {
		await using db = await createTestDatabase();
		await adopt(db.pool, decision);
		const underWay = await emit(db, "under way");
		await claim(db);
		const waiting = await emit(db, "waiting");
		expect(await adopt(db.pool, { ...decision, cancelBacklog: true })).toBe(0);
		expect(await statusOf(db, underWay)).toBe("cancelled");
		expect(await statusOf(db, waiting)).toBe("cancelled");
		await db.query("UPDATE reward_outbox.claims SET expires_at = clock_timestamp() - interval '1 second'");
		const { rows } = await db.query("SELECT outcome, error_code FROM reward_outbox.attempts WHERE event_id = $1", [
			underWay,
		]);
		expect(rows).toEqual([{ outcome: "ambiguous", error_code: "lease_expired" }]);
		expect(await claim(db)).toEqual([]);
	});

	test("counts what was under way among what is to be sent", async () => {
		await using db = await createTestDatabase();
		await adopt(db.pool, decision);
		await emit(db, "under way");
		await claim(db);
		await emit(db, "waiting");
		expect(await readAdoption(db.pool)).toMatchObject({ pending: 2, underWay: 1 });
		expect(await adopt(db.pool, decision)).toBe(2);
	});

	test("waits for a writer, and takes what it commits meanwhile", async () => {
		await using db = await createTestDatabase();
		const writer = new pg.Client({ connectionString: db.url });
		await writer.connect();
		try {
			await writer.query("BEGIN");
			await writer.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'late')");
			const adopting = adopt(db.pool, decision);
			await untilWaiting(db);
			await writer.query("COMMIT");
			expect(await adopting).toBe(1);
			expect(await claim(db)).toEqual(["late"]);
		} finally {
			await writer.end();
		}
	});

	test("gives up after a moment where a transaction is writing: others queue behind it", async () => {
		await using db = await createTestDatabase();
		const writer = new pg.Client({ connectionString: db.url });
		await writer.connect();
		try {
			await writer.query("BEGIN");
			await writer.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id) VALUES ('t', 'late')");
			await expect(db.query("SELECT reward_outbox.adopt(false, 'a test')")).rejects.toMatchObject({ code: "55P03" });
		} finally {
			await writer.end();
		}
	});

	test("does not lock in the other order than a claim", async () => {
		await using db = await createTestDatabase();
		await adopt(db.pool, decision);
		for (let n = 0; n < 20; n++) await emit(db, `u${n}`);
		const claiming = Array.from({ length: 20 }, () => claim(db, 1));
		const adopting = Array.from({ length: 3 }, () => adopt(db.pool, decision));
		await Promise.all([...claiming, ...adopting]);
	});
});

async function untilWaiting(db: TestDatabase): Promise<void> {
	for (;;) {
		const { rowCount } = await db.query(
			"SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%adopt%'",
		);
		if (rowCount) return;
	}
}
