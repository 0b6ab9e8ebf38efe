import { expect, test } from "vitest";
import { readCondition } from "../../src/store/inspect/condition.ts";
import { readStake } from "../../src/store/read-stake.ts";
import { attentionInWords } from "../../src/words/attention.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, claimAll, fail, insert, insertOne } from "./events.ts";

const event = (trigger: string, value: string | null, user = "ada") => ({
	trigger,
	user,
	payload: value === null ? "{}" : `{"value": ${value}}`,
});

async function failed(database: TestDatabase, next: "dead" | "uncertain", ...events: ReturnType<typeof event>[]) {
	for (const made of events) await insertOne(database.pool, made);
	await fail(database, await claimAll(database), { decision: { next } });
}

test("says exactly what dead, uncertain, overdue and possibly doubled events are worth, in all and by trigger", async () => {
	await using database = await createTestDatabase();
	await failed(database, "dead", event("paid", "9007199254740993"), event("paid", "0.07"), event("other", "0.10"));
	await failed(database, "uncertain", event("paid", "400.00"), event("refund", "-12.50"), event("joined", null));
	// Ambiguous first, accepted after all.
	await insertOne(database.pool, event("paid", "19.90"));
	await fail(database, await claimAll(database));
	await accept(database, await claimAll(database));
	await insertOne(database.pool, event("paid", "1.10"));
	await insertOne(database.pool, event("paid", "5"));
	const waiting = await claimAll(database);
	await fail(database, waiting.slice(0, 1));
	await accept(database, waiting.slice(1));
	await database.query(
		"UPDATE reward_outbox.event_states SET next_attempt_at = next_attempt_at - interval '2 minutes'",
	);
	expect(await readStake(database.pool)).toEqual({
		dead: {
			events: 3,
			value: "9007199254740993.17",
			whole: true,
			triggers: [
				{ trigger_id: "paid", events: 2, value: "9007199254740993.07" },
				{ trigger_id: "other", events: 1, value: "0.10" },
			],
		},
		uncertain: {
			events: 3,
			value: "387.50",
			whole: true,
			triggers: [
				{ trigger_id: "paid", events: 1, value: "400.00" },
				{ trigger_id: "refund", events: 1, value: "-12.50" },
				{ trigger_id: "joined", events: 1, value: "0" },
			],
		},
		overdue: { events: 1, value: "1.10", whole: true, triggers: [{ trigger_id: "paid", events: 1, value: "1.10" }] },
		possibly_doubled: {
			events: 1,
			value: "19.90",
			whole: true,
			triggers: [{ trigger_id: "paid", events: 1, value: "19.90" }],
		},
	});
	const titles = attentionInWords(await readCondition(database.pool)).map(({ title }) => title);
	expect(titles).toContainEqual(
		expect.stringMatching(/^3 events are uncertain, worth 387\.50 \(paid 400\.00, refund -12\.50\): Reward may/),
	);
	expect(titles).toContainEqual(expect.stringMatching(/^3 events are dead, worth 9007199254740993\.17 \(paid /));
});

test("events that nobody has read yet are overdue too", async () => {
	await using database = await createTestDatabase();
	await insertOne(database.pool, event("paid", "7.25"));
	expect((await readStake(database.pool))?.overdue.events).toBe(0);
	await database.query("UPDATE reward_outbox.outbox SET created_at = created_at - interval '2 minutes'");
	expect((await readStake(database.pool))?.overdue).toMatchObject({ events: 1, value: "7.25" });
});

test("the work is bounded: of more than ten thousand events the latest count, and it says so", async () => {
	await using database = await createTestDatabase();
	await insert(database.pool, event("paid", "0.01"), 10_002);
	await database.query(
		`INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id)
		 SELECT id, seq, now(), 1, 'dead', trigger_id FROM reward_outbox.outbox`,
	);
	const stake = await readStake(database.pool);
	expect(stake?.dead).toMatchObject({ events: 10_000, value: "100.00", whole: false });
	const [dead] = attentionInWords(await readCondition(database.pool)).filter(({ code }) => code === "dead_events");
	expect(dead?.title).toMatch(/^10,002 events are dead, worth at least 100\.00: /);
});

test("and so are the bytes: large payloads are not read without end", { timeout: 60_000 }, async () => {
	await using database = await createTestDatabase();
	await database.query("ALTER TABLE reward_outbox.outbox DROP CONSTRAINT outbox_rules");
	await database.query(
		`WITH large AS MATERIALIZED (
			SELECT jsonb_build_object('value', 1, 'text', string_agg(md5(n::text), '')) AS payload FROM generate_series(1, 3800) n
		 )
		 INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
		 SELECT 'paid', 'ada', large.payload FROM large, generate_series(1, 900)`,
	);
	await database.query(
		`INSERT INTO reward_outbox.event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id)
		 SELECT id, seq, now(), 1, 'uncertain', trigger_id FROM reward_outbox.outbox`,
	);
	const stake = await readStake(database.pool);
	expect(stake?.uncertain.whole).toBe(false);
	expect(stake?.uncertain.events).toBeGreaterThan(500);
	expect(stake?.uncertain.events).toBeLessThan(900);
});
