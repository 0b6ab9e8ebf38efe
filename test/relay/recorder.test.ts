import { expect, test } from "vitest";
import { persist } from "../../src/composition/retrying.ts";
import type { DatabaseSession } from "../../src/relay/database-session.ts";
import { SILENT_OBSERVER } from "../../src/relay/observers.ts";
import type { RelayParts } from "../../src/relay/parts.ts";
import { Recorder } from "../../src/relay/recorder.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import { createRelayStore, type RelayStore } from "../../src/store/relay-store.ts";
import { systemClock } from "../../src/timing/system-clock.ts";
import { ACCEPTED } from "../event/outcomes.ts";
import { claimAll, insert, someRelay, statuses } from "../store/events.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { dispatcherTo, portWith } from "./dispatching.ts";

/** A recorder that writes to a real database, through a store that may fail first. */
async function recorderOf(database: TestDatabase, change: (store: RelayStore) => Partial<RelayStore> = () => ({})) {
	const relayNo = await someRelay(database);
	const store = createRelayStore(database.pool);
	const told = { recorded: 0, lost: 0, failures: 0, mayRecord: [] as boolean[] };
	const dispatcher = dispatcherTo(() => new Promise(() => {}), { clock: systemClock, concurrency: 8 });
	const mayRecord = dispatcher.mayRecord.bind(dispatcher);
	dispatcher.mayRecord = (possible) => {
		told.mayRecord.push(possible);
		mayRecord(possible);
	};
	const addLost = (count: number) => {
		told.lost += count;
	};
	const parts = {
		store: { ...store, ...change(store) },
		clock: systemClock,
		persist,
		log: { error() {} },
		observer: { ...SILENT_OBSERVER, settleFailed: () => told.failures++, lost: addLost },
	} as unknown as RelayParts;
	const session = { relayNo, answers: true, answered() {}, failed() {}, written() {} } as unknown as DatabaseSession;
	const port = portWith({
		recorded: (batch) => {
			told.recorded += batch.length;
		},
	});
	const recorder = new Recorder({ parts, session, dispatcher, port });
	const accept = (events: readonly ClaimedEvent[]) => {
		for (const [n, event] of events.entries()) {
			const endsLease = n === events.length - 1;
			recorder.record({
				event,
				outcome: ACCEPTED,
				decision: { next: "delivered" },
				startedAt: 0,
				durationMs: 1,
				endsLease,
			});
		}
	};
	return { recorder, told, accept };
}

test("results get onto the record, and the last of a lease ends it", async () => {
	await using database = await createTestDatabase();
	const events = await insert(database, {}, 3);
	const { recorder, told, accept } = await recorderOf(database);
	accept(await claimAll(database));
	await recorder.drain();
	expect(await statuses(database, events)).toEqual(["delivered", "delivered", "delivered"]);
	expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(0);
	expect(told).toMatchObject({ recorded: 3, lost: 0, failures: 0 });
});

test("while the database does not take them they are kept, and sending is told to stop until it does", async () => {
	await using database = await createTestDatabase();
	const events = await insert(database, {}, 1);
	const broken = Object.assign(new Error("reset"), { code: "ECONNRESET" });
	let failures = 1;
	const { recorder, told, accept } = await recorderOf(database, (store) => ({
		settleAccepted: (...results) => (failures-- > 0 ? Promise.reject(broken) : store.settleAccepted(...results)),
	}));
	accept(await claimAll(database));
	await recorder.drain();
	expect(await statuses(database, events)).toEqual(["delivered"]);
	expect(told).toMatchObject({ recorded: 1, lost: 0, failures: 1 });
	expect(told.mayRecord).toEqual([true, false, true]);
});

test("what PostgreSQL will never take is given up loudly, and its lease is left to expire", async () => {
	await using database = await createTestDatabase();
	const events = await insert(database, {}, 1);
	const refused = Object.assign(new Error("no such function"), { code: "42883" });
	const { recorder, told, accept } = await recorderOf(database, () => ({
		settleAccepted: () => Promise.reject(refused),
	}));
	accept(await claimAll(database));
	await recorder.drain();
	expect(await statuses(database, events)).toEqual(["sending"]);
	expect(told).toMatchObject({ recorded: 0, lost: 1 });
	expect((await database.query("SELECT FROM reward_outbox.claims")).rowCount).toBe(1);
});
