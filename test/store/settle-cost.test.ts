import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { accept, attemptsOf, claimOnce, fail, insert } from "./events.ts";
import { costOf } from "./rows-read.ts";

const LATER = { next: "pending", delayMs: 3_600_000, excused: false } as const;

test("settling costs the same however many attempts are on record, whatever was planned when they were few", async () => {
	await using database = await createTestDatabase();
	// One connection, so that its plans and statistics are those of everything.
	database.pool.options.max = 1;
	// To the planner a table that was vacuumed while it was empty stays empty.
	await database.query("VACUUM (ANALYZE)");
	const claimed = async () => {
		await insert(database, {}, 20);
		return (await claimOnce(database, { lookForDue: false })).events;
	};
	for (let round = 0; round < 8; round++) {
		await fail(database, await claimed(), { decision: LATER });
		await accept(database, await claimed());
	}
	await database.query(`
		INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
		SELECT gen_random_uuid(), clock_timestamp(), 1, 10, 0, 200, 'accepted' FROM generate_series(1, 5000);
		INSERT INTO reward_outbox.outbox (trigger_id, user_id, epoch)
		SELECT 'elsewhere', 'u' || n, 0 FROM generate_series(1, 5000) n`);
	const [failing, late, accepted, lateAccepted] = [await claimed(), await claimed(), await claimed(), await claimed()];
	for (const events of [late, lateAccepted]) await fail(database, events, { decision: LATER });
	const cost = await costOf(database, async () => {
		await fail(database, failing, { decision: LATER });
		await fail(database, late, { decision: LATER });
		await accept(database, accepted);
		await accept(database, lateAccepted);
	});
	expect(cost).toBeLessThan(1_500);
	expect(await attemptsOf(database, late[0]?.eventId as string)).toEqual(["1 ambiguous"]);
	expect(await attemptsOf(database, lateAccepted[0]?.eventId as string)).toEqual(["1 ambiguous", "1 accepted"]);
});
