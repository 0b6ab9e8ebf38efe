import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { setRetention } from "../../src/store/retention.ts";
import { accept, begin, claimAll, insert } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { chainAll, exported, recordSome, verdictOf, verified } from "./records.ts";

test("a record that nobody touched is as it was recorded, in a chain for each relay and one for decisions", async () => {
	await using database = await createTestDatabase();
	await recordSome(database);
	expect(await verified(database)).toEqual({
		ok: true,
		since: null,
		chains: 5,
		entries: 6,
		attempts: 6,
		decisions: 2,
		removed: 0,
		not_chained: 0,
		pending: 0,
		anchors: 0,
		problems: 0,
		findings: [],
	});
});

const FIRST = "(SELECT event_id FROM reward_outbox.attempt_log WHERE relay_no = 1 ORDER BY event_id LIMIT 1)";
const LAST = "(SELECT event_id FROM reward_outbox.attempt_log WHERE relay_no = 1 ORDER BY event_id DESC LIMIT 1)";

const TAMPERINGS: readonly (readonly [string, string, string])[] = [
	["an outcome that was changed", "UPDATE attempt_log SET outcome = 'refused' WHERE relay_no = 2", "attempt_added"],
	[
		"an HTTP status that was changed",
		`UPDATE attempt_log SET http_status = 500 WHERE event_id = ${FIRST}`,
		"attempt_changed",
	],
	[
		"a time that was changed by a microsecond",
		`UPDATE attempt_log SET started_at = started_at + interval '1 microsecond' WHERE event_id = ${FIRST}`,
		"attempt_changed",
	],
	[
		"an attempt whose chain was hidden",
		"UPDATE attempt_log SET http_status = 500 WHERE relay_no = 2; DELETE FROM chains WHERE chain = 'relay-2'",
		"attempt_changed",
	],
	["an answer that was changed", "UPDATE attempt_log SET response_body = 'fine' WHERE attempt = 2", "attempt_changed"],
	["an answer that was removed", "UPDATE attempt_log SET response_body = NULL WHERE attempt = 2", "attempt_changed"],
	[
		"an answer that was removed as if by retention",
		`UPDATE attempt_log a SET response_body = NULL, body_digest = salted_digest(
		   (SELECT salt FROM erasure_salt), attempt_text(a, a.response_body))
		 WHERE attempt = 2`,
		"text_removed",
	],
	[
		"a value that was changed after it was sent",
		`UPDATE outbox SET payload = '{"value": 1.99}' WHERE id = ${FIRST}`,
		"attempt_changed",
	],
	[
		"a user that was changed after it was sent",
		`UPDATE outbox SET user_id = 'Eve' WHERE id = ${FIRST}`,
		"attempt_changed",
	],
	[
		"a value that was changed as if the person had been erased",
		`UPDATE outbox o SET payload = '{"value": 1.99}', content_digest = content_digest((SELECT salt FROM erasure_salt), o)
		 WHERE id = ${FIRST}`,
		"text_removed",
	],
	["an attempt that was removed", `DELETE FROM attempt_log WHERE event_id = ${FIRST}`, "attempt_removed"],
	[
		"the attempts and the event that were removed",
		`DELETE FROM attempt_log WHERE event_id = ${FIRST}; DELETE FROM outbox WHERE id = ${FIRST}`,
		"attempt_removed",
	],
	[
		"an attempt that was added",
		"INSERT INTO attempt_log (event_id, started_at, attempt, relay_no, outcome) SELECT event_id, clock_timestamp(), 3, 1, 'accepted' FROM attempt_log WHERE attempt = 2",
		"attempt_added",
	],
	[
		"two attempts that were swapped",
		`UPDATE attempt_log a SET started_at = b.started_at + interval '1 s', duration_ms = 1 + a.duration_ms
		 FROM attempt_log b WHERE a.relay_no = 1 AND b.relay_no = 1 AND a.event_id IN (${FIRST}, ${LAST})
		   AND b.event_id IN (${FIRST}, ${LAST}) AND a.event_id <> b.event_id`,
		"attempt_changed",
	],
	["a decision that was changed", "UPDATE operations SET actor = 'Bob' WHERE action = 'cancel'", "decision_changed"],
	["a reason that was changed", "UPDATE operations SET reason = 'none' WHERE action = 'cancel'", "decision_changed"],
	["a decision that was removed", "DELETE FROM operations WHERE action = 'cancel'", "decision_removed"],
	["a decision that was added", "INSERT INTO operations (actor, action) VALUES ('Bob', 'resume')", "decision_added"],
	[
		"an entry that was changed",
		"UPDATE chain_entries SET body = replace(body, 'a', 'b') WHERE chain = 'relay-2'",
		"entry_changed",
	],
	[
		"an entry with another time",
		"UPDATE chain_entries SET at = at - interval '1 day' WHERE chain = 'relay-2'",
		"entry_changed",
	],
	[
		"an entry that was removed from the middle",
		"DELETE FROM chain_entries WHERE chain = 'relay-0' AND entry_no = 1",
		"entry_missing",
	],
	[
		"entries that were swapped",
		`UPDATE chain_entries SET entry_no = -entry_no WHERE chain = 'relay-0';
		 UPDATE chain_entries SET entry_no = 3 + entry_no WHERE chain = 'relay-0'`,
		"entry_changed",
	],
	[
		"a chain that was cut off at its beginning",
		`UPDATE chains SET cut_through = 1, cut_hash = (SELECT hash FROM chain_entries WHERE chain = 'relay-0' AND entry_no = 1)
		 WHERE chain = 'relay-0';
		 DELETE FROM attempt_log WHERE attempt = 1 AND relay_no = 0;
		 DELETE FROM chain_entries WHERE chain = 'relay-0' AND entry_no = 1`,
		"cut_unrecorded",
	],
];

const TABLES = ["outbox", "attempt_log", "operations", "chains", "chain_entries"];

describe("what was changed past the relays is found, and where", () => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await createTestDatabase();
		await recordSome(database);
		await database.query(TABLES.map((table) => `CREATE TABLE was_${table} AS TABLE reward_outbox.${table}`).join(";"));
	});
	afterEach(() =>
		database.query(
			TABLES.map(
				(table) => `DELETE FROM reward_outbox.${table};
				            INSERT INTO reward_outbox.${table} OVERRIDING SYSTEM VALUE SELECT * FROM was_${table}`,
			).join(";"),
		),
	);
	afterAll(() => database[Symbol.asyncDispose]());

	test.each(TAMPERINGS)("%s", async (name, statements, code) => {
		await database.query(`SET search_path = reward_outbox; ${statements}; RESET search_path`);
		const verdict = await verified(database);
		expect(verdict.findings.map((finding) => finding.code)).toContain(code);
		const [finding] = verdict.findings.filter((one) => one.code === code);
		const { chain, event_id, operation_no } = finding as NonNullable<typeof finding>;
		expect([chain, event_id, operation_no]).not.toEqual([null, null, null]);
		// Both of what was swapped.
		if (name.includes("swapped")) expect(verdict.problems).toBeGreaterThan(1);
	});
});

test.each([
	["a later time from which everything is chained", "since = clock_timestamp()"],
	["chaining that was switched off by hand", "enabled = false"],
])("what was added behind %s is excused by nothing", async (_what, change) => {
	await using database = await createTestDatabase();
	await recordSome(database);
	await database.query(`
		INSERT INTO reward_outbox.attempt_log (event_id, started_at, attempt, relay_no, outcome)
		SELECT a.event_id, clock_timestamp(), 9, 1, 'accepted' FROM reward_outbox.attempt_log a WHERE a.relay_no = 2;
		UPDATE reward_outbox.chain_settings SET ${change}`);
	expect((await verified(database)).findings).toMatchObject([{ code: "switch_unrecorded" }]);
});

test("a tail that was cut off with all that it listed is found by an anchor, and by what the database says was told", async () => {
	await using database = await createTestDatabase();
	await recordSome(database);
	const { heads, anchor } = await toldHeads(database);
	expect((await verified(database, [anchor])).anchors).toBe(heads.length);
	await database.query(`
		DELETE FROM reward_outbox.chain_entries WHERE chain = 'relay-0' AND entry_no = 2;
		DELETE FROM reward_outbox.attempt_log WHERE relay_no = 0 AND attempt = 2`);
	const cut = await verified(database);
	expect(cut.findings).toMatchObject([{ code: "tail_cut", chain: "relay-0", entry_no: 2 }]);
	await database.query("UPDATE reward_outbox.chains SET told_through = 0");
	expect((await verified(database)).ok).toBe(true);
	expect((await verified(database, [anchor])).findings).toMatchObject([
		{ code: "tail_cut", chain: "relay-0", entry_no: 2 },
	]);
});

test("a chain that was made anew from what somebody likes is found by an anchor alone", async () => {
	await using database = await createTestDatabase();
	await recordSome(database);
	const { anchor } = await toldHeads(database);
	// With everything that the functions of the schema can do.
	await database.query(`
		UPDATE reward_outbox.attempt_log SET http_status = 201 WHERE relay_no = 2;
		DELETE FROM reward_outbox.chain_entries WHERE chain = 'relay-2';
		SELECT reward_outbox.leave_for_chain(a.relay_no, a.outcome, array_agg(a.event_id), array_agg(a.attempt))
		FROM reward_outbox.attempt_log a WHERE a.relay_no = 2 GROUP BY a.relay_no, a.outcome`);
	await chainAll(database);
	expect((await verified(database)).ok).toBe(true);
	expect((await verified(database, [anchor])).findings).toMatchObject([{ code: "anchor_differs", chain: "relay-2" }]);
	expect((await verified(database, [{ ...anchor, installation: "another" }])).ok).toBe(true);
});

test("an export that was cut off, or of which a line is missing, is not whole", async () => {
	await using database = await createTestDatabase();
	await recordSome(database);
	const lines = await exported(database);
	expect(verdictOf(lines).ok).toBe(true);
	expect(verdictOf(lines.slice(0, -1)).findings.map(({ code }) => code)).toContain("not_whole");
	expect(verdictOf(lines.filter((_, index) => index !== 3)).ok).toBe(false);
});

test("a person is erased, and the chain still verifies; what remains of their events cannot be changed either", async () => {
	await using database = await createTestDatabase();
	const { dead } = await recordSome(database);
	await database.query("SELECT reward_outbox.erase_user('Cy', 100, 'dpo')");
	const lines = await exported(database);
	expect(verdictOf(lines)).toMatchObject({ ok: true, attempts: 6, decisions: 3 });
	expect(lines.join("\n")).not.toContain("Cy");
	await database.query(`UPDATE reward_outbox.outbox SET payload = '{"value": 7}' WHERE id = $1`, [dead]);
	expect((await verified(database)).findings[0]).toMatchObject({ code: "content_changed", event_id: dead });
});

test("what retention strips and removes is on record, and the chain still verifies", async () => {
	await using database = await createTestDatabase();
	const { accepted } = await recordSome(database);
	await setRetention(database.pool, { payload: 3_600, response_body: 3_600, delivered: 90 * 86_400 }, "test");
	await database.query("SELECT reward_outbox.strip_events($1, true, true)", [accepted]);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 6, removed: 0 });
	await database.query("SELECT reward_outbox.delete_events($1)", [accepted.slice(0, 2)]);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 4, removed: 2 });
	const { anchor } = await toldHeads(database);
	await database.query("SELECT examined FROM reward_outbox.prune(clock_timestamp() + interval '1 s', NULL, 100)");
	// Nothing is left of what the relays' chains listed: they were cut, and what was removed is of no use any more.
	expect(await verified(database, [anchor])).toMatchObject({ ok: true, attempts: 0, removed: 0, problems: 0 });
	const { rows } = await database.query("SELECT DISTINCT chain FROM reward_outbox.chain_entries ORDER BY chain");
	expect(rows).toEqual([{ chain: "decisions" }, { chain: "removals" }]);
	await insert(database.pool);
	await database.query("SELECT reward_outbox.resume_trigger('payment', 'a test', 'Eve')");
	await accept(database, await claimAll(database), undefined, 1);
	await chainAll(database);
	expect(await verified(database)).toMatchObject({ ok: true, attempts: 1 });
	await database.query("UPDATE reward_outbox.chains SET cut_hash = repeat('0', 64) WHERE chain = 'relay-1'");
	expect((await verified(database)).findings.map(({ code }) => code)).toContain("cut_unrecorded");
});

test("a reason that was removed as if by erasure is found", async () => {
	await using database = await createTestDatabase();
	await recordSome(database);
	await database.query(`
		UPDATE reward_outbox.operations n
		SET texts_digest = reward_outbox.salted_digest((SELECT salt FROM reward_outbox.erasure_salt),
		                                               reward_outbox.decision_text(n)),
		    reason = NULL, detail = NULL
		WHERE action = 'cancel'`);
	expect((await verified(database)).findings).toMatchObject([{ code: "text_removed", chain: "decisions" }]);
});

test("nobody waits for a chain: what finds it locked follows with the next entry", async () => {
	await using database = await createTestDatabase();
	await insert(database.pool, {}, 2);
	const [first, second] = await claimAll(database, { limit: 1 });
	await using other = await begin(database);
	await other.query("SELECT FROM reward_outbox.chains WHERE chain = 'decisions' FOR UPDATE");
	await database.query("SELECT reward_outbox.pause_trigger('payment', 'a test', 'Eve')");
	expect(await verified(database)).toMatchObject({ ok: true, pending: 1, decisions: 1 });
	await other.query("ROLLBACK");
	await database.query("SELECT reward_outbox.resume_trigger('payment', 'a test', 'Eve')");
	expect(await verified(database)).toMatchObject({ ok: true, pending: 0, entries: 2, decisions: 2 });
	// Repeatable read sees an old end of the chain.
	await using old = await begin(database, "REPEATABLE READ");
	await database.query("SELECT reward_outbox.pause_trigger('payment', 'a test', 'Eve')");
	await old.query("SELECT reward_outbox.set_trigger('other', '{}', 'Eve')");
	await old.query("COMMIT");
	await accept(database, [first, second] as never, undefined, 1);
	await chainAll(database);
	await database.query("SELECT FROM reward_outbox.chain_heads(10)");
	expect(await verified(database)).toMatchObject({ ok: true, pending: 0, decisions: 4, attempts: 2 });
});

test("it can be off: what is recorded then is in no chain and is counted, and both decisions are on record", async () => {
	await using database = await createTestDatabase();
	await database.query("SELECT reward_outbox.set_chain(false, 'a test', 'Eve')");
	await recordSome(database);
	expect(await verified(database)).toMatchObject({ ok: true, entries: 1, decisions: 3, not_chained: 8 });
	await database.query("SELECT reward_outbox.set_chain(true, NULL, 'Eve')");
	await database.query("SELECT reward_outbox.resume_trigger('payment', 'a test', 'Eve')");
	await insert(database.pool);
	await accept(database, await claimAll(database), undefined, 1);
	await chainAll(database);
	expect(await verified(database)).toMatchObject({ ok: true, entries: 4, attempts: 7, decisions: 5, not_chained: 8 });
});

async function toldHeads(database: TestDatabase) {
	const { rows } = await database.query(
		"SELECT chain, entry_no::integer AS entry_no, hash FROM reward_outbox.chain_heads(100)",
	);
	const { rows: here } = await database.query("SELECT installation_id FROM reward_outbox.installation");
	const heads = rows as { chain: string; entry_no: number; hash: string }[];
	await database.query("SELECT reward_outbox.chain_told($1, $2)", [
		heads.map(({ chain }) => chain),
		heads.map(({ entry_no }) => entry_no),
	]);
	return { heads, anchor: { installation: here[0]?.["installation_id"] as string, heads } };
}
