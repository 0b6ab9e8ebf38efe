import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { accept, begin, claimOnce, fail, insert } from "./events.ts";

const WRITERS = 6;
const TRANSACTIONS_PER_WRITER = 40;
const CLAIMERS = 3;

interface Written {
	readonly committed: string[];
	readonly rolledBack: string[];
}

/** Transactions that stay open for a random moment, some with savepoints, some rolled back. */
async function write(database: TestDatabase, written: Written): Promise<void> {
	for (let n = 0; n < TRANSACTIONS_PER_WRITER; n++) {
		await using tx = await begin(database);
		const ids = await insert(tx, {}, randomInt(1, 6));
		await pause(randomInt(0, 12));
		await tx.query("SAVEPOINT s");
		const inside = await insert(tx, {}, 2);
		const insideKept = randomInt(2) === 0;
		await tx.query(insideKept ? "RELEASE SAVEPOINT s" : "ROLLBACK TO SAVEPOINT s");
		const kept = randomInt(4) > 0;
		await tx.query(kept ? "COMMIT" : "ROLLBACK");
		(kept ? written.committed : written.rolledBack).push(...ids);
		(kept && insideKept ? written.committed : written.rolledBack).push(...inside);
	}
}

test("with many writers and several claimers, every committed event is claimed exactly once and no other ever", async () => {
	await using database = await createTestDatabase();
	const written: Written = { committed: [], rolledBack: [] };
	const claimed: string[] = [];
	let writing = true;
	const claimer = async () => {
		for (let idle = 0; writing || idle < 3; ) {
			const { events, more } = await claimOnce(database, { limit: randomInt(1, 60), lookForDue: randomInt(2) === 0 });
			claimed.push(...events.map((event) => event.eventId));
			idle = events.length === 0 && !more ? idle + 1 : 0;
		}
	};
	const claimers = Array.from({ length: CLAIMERS }, claimer);
	await Promise.all(Array.from({ length: WRITERS }, () => write(database, written)));
	writing = false;
	await Promise.all(claimers);
	expect(new Set(claimed).size).toBe(claimed.length);
	expect(claimed.toSorted()).toEqual(written.committed.toSorted());
	expect(written.rolledBack.filter((id) => claimed.includes(id))).toEqual([]);
});

test("with failures, retries and ordering keys in between, no event is ever under two leases at once", async () => {
	await using database = await createTestDatabase();
	const keys = [undefined, undefined, "k1", "k2", "k3"];
	const expected: string[] = [];
	for (let n = 0; n < 60; n++) {
		const orderingKey = keys[n % keys.length];
		expected.push(...(await insert(database, orderingKey === undefined ? {} : { orderingKey }, 2)));
	}
	const held = new Set<string>();
	const delivered: string[] = [];
	const worker = async () => {
		while (delivered.length < expected.length) {
			const { events, headLease, dueLease } = await claimOnce(database, { limit: randomInt(1, 20) });
			for (const { eventId } of events) {
				expect(held.has(eventId)).toBe(false);
				held.add(eventId);
			}
			const failed = events.filter(() => randomInt(3) === 0);
			const accepted = events.filter((event) => !failed.includes(event));
			for (const { eventId } of events) held.delete(eventId);
			await fail(database, failed, { done: [] });
			await accept(database, accepted, [headLease, dueLease]);
			delivered.push(...accepted.map((event) => event.eventId));
		}
	};
	await Promise.all(Array.from({ length: CLAIMERS }, worker));
	expect(delivered.toSorted()).toEqual(expected.toSorted());
});

test("a claim does not wait for whoever is recording failures of a trigger: it takes the others, and that one later", async () => {
	await using database = await createTestDatabase();
	for (const trigger of ["busy", "quiet"]) await insert(database, { trigger });
	await fail(database, (await claimOnce(database)).events);
	await using recording = await begin(database);
	await recording.query("SELECT FROM reward_outbox.waiting_triggers WHERE trigger_id = 'busy' FOR UPDATE");
	const triggers = async () => (await claimOnce(database)).events.map(({ triggerId }) => triggerId);
	expect(await triggers()).toEqual(["quiet"]);
	await recording.query("COMMIT");
	expect(await triggers()).toEqual(["busy"]);
});
