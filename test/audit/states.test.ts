import { expect, test } from "vitest";
import type { Decision } from "../../src/event/decide.ts";
import { accept, claimAll, fail, insertOne } from "../store/events.ts";
import { createTestDatabase } from "../support/database.ts";
import { recordSome, verified } from "./records.ts";

test("a state that nobody touched follows from attempts and decisions, whichever it is", async () => {
	await using database = await createTestDatabase();
	const failed = async (decision: Decision) => {
		const id = await insertOne(database.pool);
		await fail(database, await claimAll(database), { decision });
		return id;
	};
	const decided = (statement: string, id: string) => database.query(`SELECT FROM reward_outbox.${statement}`, [id]);
	await failed({ next: "pending", delayMs: 3_600_000, excused: false });
	await failed({ next: "dead" });
	await failed({ next: "uncertain" });
	await decided("resolve_event($1, true, 'Reward has it', 'Eve')", await failed({ next: "uncertain" }));
	await decided("resolve_event($1, true, 'paid by hand', 'Eve')", await failed({ next: "dead" }));
	await decided("cancel_events(ARRAY[$1::uuid])", await failed({ next: "dead" }));
	const delivered = await insertOne(database.pool);
	await accept(database, await claimAll(database));
	await decided("retry_events(ARRAY[$1::uuid], true)", delivered);
	await decided("resolve_event($1, false, 'it has not', 'Eve')", await failed({ next: "uncertain" }));
	await decided("cancel_events(ARRAY[$1::uuid])", await insertOne(database.pool));
	await insertOne(database.pool);
	expect(await verified(database)).toMatchObject({ ok: true, findings: [] });
	await claimAll(database);
	await insertOne(database.pool, { deliverAfter: "now() + interval '1 hour'" });
	expect(await verified(database)).toMatchObject({ ok: true, findings: [] });
	await database.query("SELECT reward_outbox.adopt(true, 'a restore', 'Eve')");
	expect(await verified(database)).toMatchObject({ ok: true, findings: [] });
});

test.each([
	["delivered, which nobody said", "UPDATE event_states SET status = 'delivered'", "state_changed"],
	["no longer cancelled", "UPDATE event_states SET status = 'pending'", "state_changed"],
	["dead instead of cancelled", "UPDATE event_states SET status = 'dead', reason = 'refused'", "state_changed"],
	["gone", "DELETE FROM event_states", "state_removed"],
	[
		"that of an accepted event which is to be sent once more",
		`INSERT INTO event_states (event_id, seq, next_attempt_at, bytes, status, trigger_id)
		 SELECT o.id, o.seq, now(), 1, 'pending', o.trigger_id FROM outbox o
		 WHERE o.id = (SELECT a.event_id FROM attempt_log a WHERE a.relay_no = 2)`,
		"state_changed",
	],
])("a state is found that is %s", async (_name, statement, code) => {
	await using database = await createTestDatabase();
	await recordSome(database);
	await database.query(`SET search_path = reward_outbox; ${statement}; RESET search_path`);
	expect((await verified(database)).findings).toMatchObject([{ code, event_id: expect.any(String) }]);
});

test("an event is found of which nothing is left but itself: read, and neither claimed nor recorded", async () => {
	await using database = await createTestDatabase();
	const lost = await insertOne(database.pool);
	await claimAll(database);
	await database.query("DELETE FROM reward_outbox.claims");
	expect((await verified(database)).findings).toMatchObject([{ code: "state_removed", event_id: lost }]);
});
