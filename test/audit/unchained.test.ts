import { expect, test } from "vitest";
import { chainAttempts } from "../../src/store/audit/chain-attempts.ts";
import { accept, begin, claimAll, insert } from "../store/events.ts";
import { costOf } from "../store/rows-read.ts";
import { createTestDatabase } from "../support/database.ts";
import { chainAll, verified } from "./records.ts";

test("what was recorded is chained batch by batch, many at a time, and one that was committed late follows, too", async () => {
	await using database = await createTestDatabase();
	await insert(database.pool, {}, 3);
	const events = await claimAll(database);
	await using late = await begin(database);
	const noted = "SELECT reward_outbox.leave_for_chain(1, 'accepted', $1, $2)";
	await late.query("SELECT nextval('reward_outbox.unchained_attempts_batch_no_seq')");
	await accept(database, events.slice(0, 1), undefined, 1);
	await accept(database, events.slice(1), undefined, 2);
	const piece = async (after: string, relayNo: number | null) =>
		chainAttempts(database.pool, after, relayNo).then(({ attempts, through }) => [attempts, through]);
	expect(await piece("0", 2)).toEqual([2, "3"]);
	expect(await piece("3", 1)).toEqual([0, "3"]);
	expect(await piece("0", null)).toEqual([1, "2"]);
	expect(await piece("0", null)).toEqual([0, "0"]);
	await late.query("ROLLBACK");
	const many = Array.from({ length: 700 }, () => events[0]?.eventId);
	const first = many.map(() => 1);
	for (let round = 0; round < 3; round += 1) await database.query(noted, [many, first]);
	expect(await piece("0", null)).toEqual([1400, "5"]);
	expect(await piece("5", null)).toEqual([700, "6"]);
});

test("what is in no chain yet is shown as pending, as it will be listed, and what went before it could be is listed nowhere", async () => {
	await using database = await createTestDatabase();
	await insert(database.pool, {}, 3);
	await accept(database, await claimAll(database), undefined, 1);
	expect(await verified(database)).toMatchObject({ ok: true, entries: 0, attempts: 3, pending: 3 });
	const { rows } = await database.query("SELECT min(event_id::text)::uuid AS id FROM reward_outbox.attempt_log");
	await database.query("SELECT reward_outbox.delete_events($1)", [[rows[0]?.["id"]]]);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 2, pending: 2 });
	await chainAll(database);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 2, pending: 0, problems: 0 });
});

test("an attempt is chained as it was, where a person is erased before anything is", async () => {
	await using database = await createTestDatabase();
	await insert(database.pool, { user: "Cy" });
	await accept(database, await claimAll(database), undefined, 1);
	await database.query("SELECT reward_outbox.erase_user('Cy', 100, 'dpo')");
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 1, pending: 1, problems: 0 });
	await chainAll(database);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 1, pending: 0, problems: 0 });
});

test("an attempt that was reaped is chained with the relay that made it, and so is its late success", async () => {
	await using database = await createTestDatabase();
	await insert(database.pool);
	const events = await claimAll(database);
	await database.query("UPDATE reward_outbox.claims SET expires_at = clock_timestamp() - interval '1 s'");
	const [event] = events;
	const result = { event_id: event?.eventId, lease_id: event?.leaseId, attempt: 1, age_ms: 5, relay_no: 7 };
	const reaped = {
		...result,
		outcome: "ambiguous",
		error_code: "lease_expired",
		next: "pending",
		delay_ms: 0,
		excused: false,
	};
	await database.query("SELECT reward_outbox.settle_failed($1, false, '{}')", [JSON.stringify([reaped])]);
	await accept(database, events, undefined, 7);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 2, pending: 2, problems: 0 });
	await chainAll(database);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 2, pending: 0, problems: 0 });
	const { rows } = await database.query("SELECT DISTINCT chain FROM reward_outbox.chain_entries");
	expect(rows).toEqual([{ chain: "relay-7" }]);
});

test("chaining costs the same however many attempts are on record, whatever was planned when they were few", async () => {
	await using database = await createTestDatabase();
	// One connection, so that its plans and statistics are those of everything.
	database.pool.options.max = 1;
	const record = async () => {
		await insert(database.pool, {}, 50);
		await accept(database, await claimAll(database), undefined, 1);
	};
	// To the planner a table that was vacuumed while it was empty stays empty.
	await database.query("VACUUM (ANALYZE)");
	for (let round = 0; round < 8; round++) {
		await record();
		await chainAll(database);
	}
	await database.query(`
		INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
		SELECT gen_random_uuid(), clock_timestamp(), 1, 10, 0, 200, 'accepted' FROM generate_series(1, 5000);
		INSERT INTO reward_outbox.outbox (trigger_id, user_id, epoch)
		SELECT 'elsewhere', 'u' || n, 0 FROM generate_series(1, 5000) n`);
	await record();
	expect(await costOf(database, () => chainAll(database))).toBeLessThan(300);
});
