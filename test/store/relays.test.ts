import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkIdentity } from "../../src/store/identity.ts";
import { heartbeat, registerRelay } from "../../src/store/relays.ts";
import { createTestDatabase } from "../support/database.ts";
import { claimAll, claimOnce, ids, insertOne, statusOf } from "./events.ts";

test("a relay's heartbeat says how it listens, since when it is paused and when it stopped", async () => {
	await using database = await createTestDatabase();
	const relayNo = await registerRelay(database.pool, { name: "r", version: "1.2.3", concurrency: 64 });
	const row = async () =>
		(await database.query("SELECT * FROM reward_outbox.relays WHERE relay_no = $1", [relayNo])).rows[0];
	expect(await row()).toMatchObject({
		name: "r",
		version: "1.2.3",
		concurrency: 64,
		listener: "connecting",
		paused_since: null,
		stopped_at: null,
	});
	await heartbeat(database.pool, { relayNo, listener: "listening", pausedReason: "the key", stopped: false });
	const paused = await row();
	expect(paused).toMatchObject({ listener: "listening", paused_since: expect.any(Date), paused_reason: "the key" });
	await heartbeat(database.pool, { relayNo, listener: "deaf", pausedReason: "the key", stopped: false });
	expect(await row()).toMatchObject({ listener: "deaf", paused_since: paused?.["paused_since"] });
	await heartbeat(database.pool, { relayNo, listener: "deaf", pausedReason: null, stopped: true });
	expect(await row()).toMatchObject({ paused_since: null, paused_reason: null, stopped_at: expect.any(Date) });
});

describe("which database this is", () => {
	test("is known where it was migrated, and anywhere nothing was ever written", async () => {
		await using fresh = await createTestDatabase();
		// A copy of the template: another database, but empty.
		expect(await checkIdentity(fresh.pool, null)).toBeNull();
		await insertOne(fresh);
		expect(await checkIdentity(fresh.pool, null)).toBeNull();
	});

	test("is known in a copy that no relay has ever delivered from, whatever was written there", async () => {
		await using copy = await createTestDatabase();
		const id = await insertOne(copy);
		expect(await checkIdentity(copy.pool, null)).toBeNull();
		expect(ids(await claimAll(copy))).toEqual([id]);
	});

	test.each([
		["system_identifier", "'other'", "another PostgreSQL cluster"],
		["database_oid", "1", "a copy of another database"],
		["timeline", "'FFFFFFFF'", "another timeline"],
	])("is in doubt with events and another %s, until an operator adopts it", async (column, value, problem) => {
		await using database = await createTestDatabase();
		await checkIdentity(database.pool, null);
		await registerRelay(database.pool, { name: "r", version: "0", concurrency: 1 });
		const id = await insertOne(database);
		await database.query(`UPDATE reward_outbox.installation SET ${column} = ${value}`);
		expect(await checkIdentity(database.pool, null)).toContain(problem);
		await database.query("SELECT reward_outbox.adopt(false, 'a test')");
		expect(await checkIdentity(database.pool, null)).toBeNull();
		expect(ids(await claimAll(database))).toEqual([id]);
		const later = await insertOne(database);
		expect(ids(await claimAll(database))).toEqual([later]);
	});

	test("after a failover is followed by a relay that finds all it knows, and by no other", async () => {
		await using database = await createTestDatabase();
		await checkIdentity(database.pool, null);
		const relayNo = await registerRelay(database.pool, { name: "r", version: "0", concurrency: 1 });
		await insertOne(database);
		const { headLease } = await claimOnce(database, { relayNo });
		const otherTimeline = () => database.query("UPDATE reward_outbox.installation SET timeline = 'FFFFFFFF'");
		await otherTimeline();
		expect(await checkIdentity(database.pool, { relayNo, openLeases: [headLease, randomUUID()] })).toContain(
			"timeline",
		);
		expect(await checkIdentity(database.pool, { relayNo: relayNo + 1, openLeases: [headLease] })).toContain("timeline");
		expect(await checkIdentity(database.pool, { relayNo, openLeases: [headLease] })).toBeNull();
		await otherTimeline();
		expect(await checkIdentity(database.pool, { relayNo, openLeases: [] })).toBeNull();
	});

	test("adopted with its backlog cancelled, nothing of it is sent, and what is written later is", async () => {
		await using database = await createTestDatabase();
		const [unread, ordered] = [await insertOne(database), await insertOne(database, { orderingKey: "k" })];
		await database.query("SELECT reward_outbox.adopt(true, 'a test')");
		expect(await claimAll(database)).toEqual([]);
		expect(await Promise.all([unread, ordered].map((id) => statusOf(database, id)))).toEqual([
			"cancelled",
			"cancelled",
		]);
		const later = await insertOne(database, { orderingKey: "k" });
		expect(ids(await claimAll(database))).toEqual([later]);
	});
});
