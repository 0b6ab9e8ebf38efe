import { randomUUID } from "node:crypto";
import type pg from "pg";
import { expect, test } from "vitest";
import type { Outcome } from "../../src/event/outcome.ts";
import { claim } from "../../src/store/claim.ts";
import { expiredEvents } from "../../src/store/expire.ts";
import { giveBack } from "../../src/store/give-back.ts";
import { registerRelay } from "../../src/store/relays.ts";
import { type SettledEvent, type Settlement, settleAccepted, settleFailed } from "../../src/store/settle.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { countByStatus, emitEvents, until } from "./facts.ts";

const database = useTestDatabase();

const FAILED: Outcome = {
	class: "ambiguous",
	isWhole: false,
	httpStatus: 500,
	errorCode: null,
	errorMessage: null,
	responseBody: null,
	retryAfterMs: null,
};
const WRITTEN_OFF: Outcome = { ...FAILED, httpStatus: null, errorCode: "lease_expired" };

function settlement(event: SettledEvent, relayNo: number, outcome: Outcome, durationMs: number | null): Settlement {
	const decision = { next: "pending", delayMs: 0, excused: false } as const;
	return { event, relayNo, outcome, decision, ageMs: 1, durationMs };
}

async function claimAll(db: pg.Pool, relayNo: number, leaseMs: number) {
	const leases = { headLease: randomUUID(), dueLease: randomUUID() };
	const none = { heldBack: [], probing: [], known: null };
	const { events } = await claim(db, { relayNo, ...leases, leaseMs, limit: 100, lookForDue: true, ...none });
	return events;
}

test("a lease is reaped after its owner gave it back: nothing is recorded, and the next attempt counts", async () => {
	const db = database.current.pool;
	const relayNo = await registerRelay(db, { name: "frozen", version: "0", concurrency: 1 });
	const ids = await emitEvents(db, 3);
	const frozen = await claimAll(db, relayNo, 1);
	expect(frozen.map((event) => event.eventId).sort()).toEqual([...ids].sort());

	// A relay that reaps reads what has expired; before it writes that down, the owner wakes up and gives back what it
	// never sent.
	let expired = await expiredEvents(db, 10);
	await until("the lease has expired", async () => {
		expired = await expiredEvents(db, 10);
		return expired.length === 3;
	});
	const [first] = frozen;
	const leaseId = first?.leaseId as string;
	await giveBack(db, leaseId, ids.slice(1));
	await settleFailed(
		db,
		expired.map((event) => settlement(event, relayNo, WRITTEN_OFF, null)),
		[leaseId],
	);

	const { rows } = await database.current.query("SELECT event_id, attempt, error_code FROM reward_outbox.attempts");
	expect(rows).toEqual([{ event_id: ids[0], attempt: 1, error_code: "lease_expired" }]);
	const again = await claimAll(db, relayNo, 60_000);
	expect(again.map((event) => event.attempt).sort()).toEqual([1, 1, 2]);
	const leases = [...new Set(again.map((event) => event.leaseId))];
	await settleFailed(
		db,
		again.map((event) => settlement(event, relayNo, FAILED, 5)),
		leases,
	);
	expect(await countByStatus(database.current)).toEqual({ pending: 3 });

	const last = await claimAll(db, relayNo, 60_000);
	await settleAccepted(
		db,
		relayNo,
		last.map((event) => settlement(event, relayNo, { ...FAILED, class: "accepted" }, 5)),
		leases,
	);
	expect(await countByStatus(database.current)).toEqual({ delivered: 3 });
});
