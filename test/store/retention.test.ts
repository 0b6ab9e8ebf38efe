import { expect, test } from "vitest";
import { retain, setRetention } from "../../src/store/retention.ts";
import { relayDatabase, startRelay, until } from "../relay/running.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startScriptedReward } from "../support/scripted-reward.ts";
import { accept, claimAll, fail, insert, insertOne, SERVER_ERROR } from "./events.ts";

const DAY = 86_400;
const EVENT = { payload: '{"value": 1.50, "note": "x"}', metadata: '{"order": 1}' };

/** All events, and what belongs to them, were written so long ago. Ids are made anew, as they would have been then. */
async function ageBy(database: TestDatabase, days: number): Promise<void> {
	const earlier = (id: string) =>
		`(lpad(to_hex(('x' || lpad(left(replace(${id}::text, '-', ''), 12), 16, '0'))::bit(64)::bigint - ${days}::bigint * 86400000), 12, '0')
		  || right(replace(${id}::text, '-', ''), 20))::uuid`;
	await database.query(`
		UPDATE reward_outbox.attempt_log a SET event_id = ${earlier("a.event_id")};
		UPDATE reward_outbox.event_states s SET event_id = ${earlier("s.event_id")};
		UPDATE reward_outbox.retention_left l SET event_id = ${earlier("l.event_id")};
		UPDATE reward_outbox.retention_walks w SET walked_to = ${earlier("w.walked_to")};
		UPDATE reward_outbox.outbox o SET id = ${earlier("o.id")}, created_at = o.created_at - interval '${days} days'`);
}

async function retainAll(database: TestDatabase, limit = 100) {
	const total = { deleted: 0, stripped: 0 };
	for (let rounds = 0; rounds < 50; rounds += 1) {
		const { deleted, stripped, more } = await retain(database.pool, limit);
		total.deleted += deleted;
		total.stripped += stripped;
		if (!more) return total;
	}
	throw new Error("there was always more");
}

const kept = async (database: TestDatabase) =>
	(
		await database.query<{ status: string; n: number }>(
			"SELECT status, count(*)::integer AS n FROM reward_outbox.events GROUP BY status ORDER BY status",
		)
	).rows.map(({ status, n }) => `${n} ${status}`);

/** 3 delivered, 1 of them with a key; 1 dead, 1 uncertain, 1 pending. */
async function some(database: TestDatabase): Promise<void> {
	await insert(database.pool, EVENT, 2);
	await insertOne(database.pool, { ...EVENT, idempotencyKey: "order-1" });
	await accept(database, await claimAll(database));
	await insertOne(database.pool, EVENT);
	await fail(database, await claimAll(database), { decision: { next: "dead" }, outcome: SERVER_ERROR });
	await insertOne(database.pool, EVENT);
	await fail(database, await claimAll(database), { decision: { next: "uncertain" }, outcome: SERVER_ERROR });
	await insertOne(database.pool, { ...EVENT, deliverAfter: "now() + interval '1 year'" });
	await claimAll(database);
}

test("without a policy nothing goes", async () => {
	await using database = await createTestDatabase();
	await some(database);
	await ageBy(database, 4_000);
	expect(await retainAll(database)).toEqual({ deleted: 0, stripped: 0 });
	expect(await kept(database)).toEqual(["1 dead", "3 delivered", "1 pending", "1 uncertain"]);
});

test("each status has its own time, what is unfinished stays, and a key stays taken for as long as the policy says", async () => {
	await using database = await createTestDatabase();
	await some(database);
	await setRetention(database.pool, { delivered: 90 * DAY, dead: 400 * DAY, idempotency_keys: 300 * DAY }, "test");
	await ageBy(database, 89);
	expect(await retainAll(database)).toEqual({ deleted: 0, stripped: 0 });
	await ageBy(database, 2);
	expect(await retainAll(database, 1)).toEqual({ deleted: 2, stripped: 0 });
	expect(await kept(database)).toEqual(["1 dead", "1 delivered", "1 pending", "1 uncertain"]);
	const again = insertOne(database.pool, { ...EVENT, idempotencyKey: "order-1" });
	await expect(again).rejects.toMatchObject({ code: "23505" });
	await ageBy(database, 220);
	expect(await retainAll(database)).toEqual({ deleted: 1, stripped: 0 });
	await insertOne(database.pool, { ...EVENT, idempotencyKey: "order-1" });
	await ageBy(database, 100);
	expect(await retainAll(database)).toMatchObject({ deleted: 1 });
	expect(await kept(database)).toEqual(["2 pending", "1 uncertain"]);
	const { rowCount } = await database.query(
		"SELECT FROM reward_outbox.attempt_log a WHERE NOT EXISTS (SELECT FROM reward_outbox.outbox o WHERE o.id = a.event_id)",
	);
	expect(rowCount).toBe(0);
});

test("what finishes late goes too, when it is looked at again", async () => {
	await using database = await createTestDatabase();
	await some(database);
	await setRetention(database.pool, { delivered: 90 * DAY }, "test");
	await ageBy(database, 100);
	expect(await retainAll(database)).toMatchObject({ deleted: 3 });
	const { rows } = await database.query("SELECT event_id FROM reward_outbox.event_states WHERE status = 'uncertain'");
	await database.query("SELECT reward_outbox.resolve_event($1, true, 'found')", [rows[0]?.["event_id"]]);
	expect(await retainAll(database)).toMatchObject({ deleted: 0 });
	await database.query("UPDATE reward_outbox.retention_left SET checked_at = checked_at - interval '2 hours'");
	expect(await retainAll(database)).toMatchObject({ deleted: 1 });
	expect(await kept(database)).toEqual(["1 dead", "1 pending"]);
});

test("payloads keep their value, and answers go, each at its time", async () => {
	await using database = await createTestDatabase();
	await some(database);
	await setRetention(database.pool, { payload: 30 * DAY, response_body: 7 * DAY }, "test");
	await ageBy(database, 8);
	const carrying = async () =>
		(
			await database.query(
				`SELECT (SELECT count(*)::integer FROM reward_outbox.attempt_log WHERE response_body IS NOT NULL) AS bodies,
				        (SELECT count(*)::integer FROM reward_outbox.outbox WHERE payload ? 'note' AND metadata IS NOT NULL) AS payloads,
				        (SELECT sum((payload ->> 'value')::numeric)::text FROM reward_outbox.outbox) AS value`,
			)
		).rows[0];
	expect(await carrying()).toEqual({ bodies: 2, payloads: 6, value: "9.00" });
	expect(await retainAll(database, 2)).toEqual({ deleted: 0, stripped: 1 });
	expect(await carrying()).toEqual({ bodies: 1, payloads: 6, value: "9.00" });
	await ageBy(database, 30);
	expect(await retainAll(database, 2)).toEqual({ deleted: 0, stripped: 4 });
	expect(await carrying()).toEqual({ bodies: 1, payloads: 2, value: "9.00" });
});

test("a relay carries it out by itself", async () => {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	await insert(database.pool, EVENT, 1_200);
	await accept(database, await claimAll(database));
	await ageBy(database, 100);
	await database.query(
		"INSERT INTO reward_outbox.receipts (webhook_id, kind, received_at) VALUES ('w', 'test', now() - interval '100 days')",
	);
	await setRetention(database.pool, { delivered: 90 * DAY, receipts: 90 * DAY }, "test");
	await using _relay = await startRelay(database, reward);
	await until("all are gone", async () => (await database.query("SELECT FROM reward_outbox.outbox")).rowCount === 0);
	await until("receipts too", async () => (await database.query("SELECT FROM reward_outbox.receipts")).rowCount === 0);
});
