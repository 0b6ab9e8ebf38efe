import { describe, expect, test } from "vitest";
import { retryEvents } from "../../src/store/decide-events.ts";
import { countPrunable, momentAgo, pruneStep } from "../../src/store/prune.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, begin, claimAll, claimOnce, fail, insert, insertOne } from "./events.ts";

/** Makes events as old as that, ids included. */
async function age(database: TestDatabase, ids: readonly string[], days: number): Promise<string[]> {
	const older = ids.map((id) => agedId(id, days));
	for (const [n, id] of ids.entries()) {
		const values = [id, older[n]];
		await database.query(
			"UPDATE reward_outbox.outbox SET id = $2, created_at = created_at - $3 * interval '1 day' WHERE id = $1",
			[...values, days],
		);
		await database.query("UPDATE reward_outbox.attempt_log SET event_id = $2 WHERE event_id = $1", values);
		await database.query("UPDATE reward_outbox.event_states SET event_id = $2 WHERE event_id = $1", values);
		await database.query("UPDATE reward_outbox.claims SET event_ids = array_replace(event_ids, $1, $2)", values);
	}
	return older;
}

function agedId(id: string, days: number): string {
	const hex = id.replaceAll("-", "");
	const ms = (Number.parseInt(hex.slice(0, 12), 16) - days * 86_400_000).toString(16).padStart(12, "0");
	return `${ms.slice(0, 8)}-${ms.slice(8)}${id.slice(13)}`;
}

/** One of each, but a new one: that would be claimed by the next call. */
async function oneOfEach(database: TestDatabase): Promise<Record<string, string>> {
	const names = ["delivered", "dead", "uncertain", "waiting", "cancelled"];
	const found = await insert(database.pool, {}, names.length);
	const claimed = await claimAll(database);
	const take = (n: number) => claimed.filter((event) => event.eventId === found[n]);
	const done = { done: [] };
	await accept(database, take(0), []);
	await fail(database, take(1), { decision: { next: "dead" }, ...done });
	await fail(database, take(2), { decision: { next: "uncertain" }, ...done });
	await fail(database, take(3), { decision: { next: "pending", delayMs: 3_600_000, excused: false }, ...done });
	await fail(database, take(4), { decision: { next: "dead" } });
	await database.query("SELECT reward_outbox.cancel_events($1)", [[found[4]]]);
	const sending = await insertOne(database.pool);
	await claimOnce(database);
	return Object.fromEntries([...names, "sending"].map((name, n) => [name, [...found, sending][n] as string]));
}

async function written(database: TestDatabase): Promise<string[]> {
	return (await database.query<{ id: string }>("SELECT id FROM reward_outbox.outbox ORDER BY id")).rows.map(
		(row) => row.id,
	);
}

async function pruneAll(database: TestDatabase, before: string, limit: number): Promise<number> {
	let pruned = 0;
	for (let after: string | null = null; ; ) {
		const step = await pruneStep(database.pool, before, after, limit);
		pruned += step.pruned;
		if (step.examined < limit) return pruned;
		after = step.lastId;
	}
}

describe("pruning", () => {
	test.each([1, 2, 3, 1000])(
		"deletes finished old events with everything about them, and nothing else, in batches of %d",
		async (batch) => {
			await using database = await createTestDatabase();
			const byName = await oneOfEach(database);
			const young = Object.values(await oneOfEach(database));
			byName["new"] = await insertOne(database.pool);
			young.push(await insertOne(database.pool));
			const names = Object.keys(byName);
			const old = await age(database, Object.values(byName), 100);
			const before = await momentAgo(database.pool, 90 * 86_400_000);
			const kept = ["uncertain", "waiting", "sending", "new"].map((name) => old[names.indexOf(name)] as string);
			expect(await countPrunable(database.pool, before)).toBe(3);
			expect(await pruneAll(database, before, batch)).toBe(3);
			expect(await written(database)).toEqual([...kept, ...young].toSorted());
			const { rows } = await database.query(
				`SELECT FROM reward_outbox.attempt_log a FULL JOIN reward_outbox.event_states s USING (event_id)
			 WHERE event_id NOT IN (SELECT id FROM reward_outbox.outbox)`,
			);
			expect(rows).toEqual([]);
			// Again: nothing is left to do.
			expect(await countPrunable(database.pool, before)).toBe(0);
			expect(await pruneAll(database, before, batch)).toBe(0);
		},
	);

	test("leaves what an open claim still names, so that the claim can be settled", async () => {
		await using database = await createTestDatabase();
		await insert(database.pool, {}, 2);
		const [first] = await claimAll(database);
		await accept(database, first === undefined ? [] : [first], []);
		await age(database, await written(database), 100);
		const before = await momentAgo(database.pool, 90 * 86_400_000);
		expect(await countPrunable(database.pool, before)).toBe(0);
		expect(await pruneAll(database, before, 10)).toBe(0);
	});

	test("and a retry of the same event wait for each other", async () => {
		await using database = await createTestDatabase();
		const [id] = await insert(database.pool);
		await accept(database, await claimAll(database));
		const [old] = (await age(database, [id as string], 100)) as [string];
		const pruning = await begin(database);
		await using _ = pruning;
		await pruning.query("SELECT reward_outbox.prune(now() - interval '90 days', NULL, 10)");
		const retrying = retryEvents(database.pool, [old], true, { actor: null, reason: null });
		await pruning.query("COMMIT");
		expect(await retrying).toMatchObject([{ done: false, refused: "no_such_event" }]);
		expect((await database.query("SELECT FROM reward_outbox.event_states")).rows).toEqual([]);
	});

	test("does not hold up claims", async () => {
		await using database = await createTestDatabase();
		const pruning = await begin(database);
		await using _ = pruning;
		await pruning.query("SELECT reward_outbox.prune(now() - interval '90 days', NULL, 10)");
		await insert(database.pool);
		expect(await claimAll(database)).toHaveLength(1);
	});

	test("takes any moment", async () => {
		await using database = await createTestDatabase();
		await insert(database.pool);
		expect(await pruneAll(database, "0001-01-01T00:00:00Z", 10)).toBe(0);
		expect(await countPrunable(database.pool, "0001-01-01T00:00:00Z")).toBe(0);
	});
});
