import { expect, test } from "vitest";
import { pauseForFault } from "../../src/store/trigger-faults.ts";
import { resumeTrigger, setTrigger } from "../../src/store/trigger-policy.ts";
import { createTestDatabase } from "../support/database.ts";
import { claimOnce, insert } from "./events.ts";

test("a rate goes on when the clock of the database goes back two hours", async () => {
	await using database = await createTestDatabase();
	await setTrigger(database.pool, "payment", { rate_per_second: 100 }, null);
	await insert(database, {}, 50);
	expect((await claimOnce(database, { limit: 1 })).events).toHaveLength(1);
	// For the rows it is all one whether the clock went back or they went forth.
	await database.query(`
		UPDATE reward_outbox.triggers SET refilled_at = refilled_at + interval '2 hours', tokens = -71688;
		UPDATE reward_outbox.waiting_triggers SET look_at = look_at + interval '2 hours';
		UPDATE reward_outbox.event_states SET next_attempt_at = next_attempt_at + interval '2 hours', changed_at = changed_at + interval '2 hours';
		UPDATE reward_outbox.clock SET seen_at = seen_at + interval '2 hours'`);
	await database.query("SELECT reward_outbox.tidy()");
	const found = new Set<string>();
	await expect
		.poll(async () => {
			for (const { eventId } of (await claimOnce(database)).events) found.add(eventId);
			return found.size;
		})
		.toBe(49);
});

test("a rate that was never used allows its first event at once, also where a relay had paused the trigger", async () => {
	await using database = await createTestDatabase();
	await setTrigger(database.pool, "payment", { rate_per_second: 0.001 }, null);
	await pauseForFault(database.pool, "payment", "a relay", "unknown_trigger", "404", 3_600_000);
	await database.query("UPDATE reward_outbox.clock SET seen_at = clock_timestamp() + interval '10 minutes'");
	await database.query("SELECT reward_outbox.tidy()");
	await resumeTrigger(database.pool, "payment", null, null);
	await insert(database);
	expect((await claimOnce(database)).events).toHaveLength(1);
});

test("what waits for a retry waits as long as it would have, and what is not to be sent before a time is not", async () => {
	await using database = await createTestDatabase();
	const [retried] = await insert(database, { deliverAfter: "clock_timestamp() + interval '1 hour'" });
	const [delayed] = await insert(database, { deliverAfter: "clock_timestamp() + interval '3 hours'" });
	await claimOnce(database);
	await database.query(`
		UPDATE reward_outbox.event_states SET status = 'pending', lease_id = NULL, attempts = 1, next_attempt_at = clock_timestamp() + interval '2 hours 10 minutes'
		WHERE event_id = '${retried}';
		UPDATE reward_outbox.clock SET seen_at = clock_timestamp() + interval '2 hours'`);
	await claimOnce(database);
	await database.query("SELECT reward_outbox.tidy()");
	const { rows } = await database.query(
		"SELECT event_id, round(date_part('epoch', next_attempt_at - clock_timestamp()) / 60)::int AS minutes FROM reward_outbox.event_states",
	);
	expect(new Map(rows.map((row) => [row["event_id"], row["minutes"]]))).toEqual(
		new Map([
			[retried, 10],
			[delayed, 180],
		]),
	);
});

test("leases end when they would have", async () => {
	await using database = await createTestDatabase();
	await insert(database);
	await claimOnce(database, { leaseMs: 60_000 });
	await database.query(`
		UPDATE reward_outbox.claims SET claimed_at = claimed_at + interval '2 hours', expires_at = expires_at + interval '2 hours';
		UPDATE reward_outbox.clock SET seen_at = clock_timestamp() + interval '2 hours'`);
	await database.query("SELECT reward_outbox.tidy()");
	const { rows } = await database.query(
		"SELECT expires_at <= clock_timestamp() + interval '60 seconds' AS soon FROM reward_outbox.claims",
	);
	expect(rows).toEqual([{ soon: true }]);
});
