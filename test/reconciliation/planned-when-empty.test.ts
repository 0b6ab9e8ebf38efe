import { expect, test } from "vitest";
import { accept, claimOnce, fail, insert } from "../store/events.ts";
import { costOf } from "../store/rows-read.ts";
import { createTestDatabase } from "../support/database.ts";

const LATER = { next: "pending", delayMs: 3_600_000, excused: false } as const;

const LOOKS = [
	"key_evidence($1)",
	"receipts_around('payment', clock_timestamp(), 0)",
	"webhook_delays('payment')",
	"doubts_alike('payment', 503, 'http_503', 0)",
	"trigger_accepted_since('payment', $1)",
	"value_at_stake()",
];

test("looking at evidence costs the same once the tables are full, whatever was planned while they were empty", async () => {
	await using database = await createTestDatabase();
	// One connection, so that its plans are those of everything.
	database.pool.options.max = 1;
	await database.query("VACUUM (ANALYZE)");
	const looks = async () => {
		await insert(database, { user: "Ada" }, 10);
		const { events } = await claimOnce(database, { lookForDue: false });
		await accept(database, events.slice(0, 5));
		await fail(database, events.slice(5), { decision: LATER });
		const costs: Record<string, number> = {};
		for (const look of LOOKS) {
			const values = look.includes("$1") ? [events[0]?.eventId] : [];
			costs[look] = await costOf(database, () => database.query(`SELECT * FROM reward_outbox.${look}`, values));
		}
		return costs;
	};
	await looks();
	const before = await looks();
	await database.query(`
		INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, duration_ms, relay_no, http_status, outcome)
		SELECT gen_random_uuid(), clock_timestamp() - interval '9 days', 1, 10, 0, 200, 'accepted'
		FROM generate_series(1, 5000);
		INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, attempts, bytes, status, trigger_id)
		SELECT gen_random_uuid(), n, clock_timestamp(), 1, 100, 'delivered', 'elsewhere' FROM generate_series(1, 5000) n`);
	const after = await looks();
	const dearer = LOOKS.filter((look) => (after[look] ?? 0) > 2 * (before[look] ?? 0) + 500);
	expect(dearer.map((look) => `${look}: ${before[look]} rows before, ${after[look]} now`)).toEqual([]);
});
