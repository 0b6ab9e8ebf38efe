import { expect, test } from "vitest";
import { useTestDatabase } from "../support/file-database.ts";

const database = useTestDatabase();
const query = (text: string) => database.current.query(text);

/** Pages of entries that are not merged yet; they are by this. */
async function unmergedPages(): Promise<number> {
	const { rows } = await query("SELECT gin_clean_pending_list('reward_outbox.outbox_metadata')::int AS pages");
	return rows[0]?.["pages"];
}

const writeEvents = (count: number) =>
	query(`INSERT INTO reward_outbox.outbox (trigger_id, user_id, metadata)
		SELECT 'bought', 'ada', jsonb_build_object('order_id', n, 'shop', 'Berlin', 'note', repeat(n::text, 30))
		FROM generate_series(1, ${count}) n`);

const found = async (orderId: number) =>
	(await query(`SELECT FROM reward_outbox.outbox WHERE metadata @> '{"order_id": ${orderId}}'`)).rowCount;

test("a relay that tidies merges the metadata of new events into their index", async () => {
	await writeEvents(1000);
	await query("SELECT reward_outbox.tidy()");
	expect(await unmergedPages()).toBe(0);
	expect(await found(700)).toBe(1);
});

test("a writer never merges what others wrote, however much it is, and it is found all the same", async () => {
	// More than PostgreSQL's own limit of 4 MB.
	await writeEvents(100_000);
	expect(await found(99_999)).toBe(1);
	expect(await unmergedPages()).toBeGreaterThan(512);
	expect(await found(99_999)).toBe(1);
});

test("a database whose index is missing is tidied all the same", async () => {
	await query("DROP INDEX reward_outbox.outbox_metadata");
	await query("SELECT reward_outbox.tidy()");
});
