import type pg from "pg";
import type { Database } from "../../../src/store/database.ts";
import { cancelEvents, resolveEvent, retryEvents } from "../../../src/store/decide-events.ts";
import { pruneStep } from "../../../src/store/prune.ts";
import { createRelayStore } from "../../../src/store/relay-store.ts";
import { pauseTrigger, resumeTrigger, setTrigger } from "../../../src/store/trigger-policy.ts";
import type { NewEvent } from "../database/writers.ts";
import { installClock, setClock } from "./clock.ts";
import { RealSessions } from "./real-sessions.ts";
import { readState } from "./real-state.ts";
import type { Side } from "./side.ts";

const EMPTY = `
TRUNCATE reward_outbox.outbox, reward_outbox.event_states, reward_outbox.claims, reward_outbox.attempt_log,
  reward_outbox.triggers, reward_outbox.waiting_triggers, reward_outbox.relays, reward_outbox.relay_proofs,
  reward_outbox.missing_events, reward_outbox.operations, reward_outbox.head RESTART IDENTITY CASCADE;
INSERT INTO reward_outbox.head (read_through) VALUES (pg_current_snapshot());
UPDATE reward_outbox.clock SET seen_at = (SELECT at FROM simulated.clock);
UPDATE reward_outbox.installation SET doubt_code = NULL, doubt_reason = NULL, doubted_at = NULL, doubted_by = NULL
WHERE doubt_code IS NOT NULL;
SELECT reward_outbox.mark_installation()`;

const INSERT = `
INSERT INTO reward_outbox.outbox
  (id, trigger_id, user_id, payload, ordering_key, idempotency_key, captured_key, source, deliver_after)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, to_timestamp($9::float8 / 1000))`;

/** Makes a database of the test's own fit to be compared: once. */
export async function prepareDatabase(pool: pg.Pool): Promise<void> {
	await installClock(pool);
	// It is a copy of another one.
	await pool.query("SELECT reward_outbox.record_identity()");
}

/** The database as it was made, with nothing in it. */
export async function emptyDatabase(db: Database, ms: number): Promise<void> {
	await setClock(db, ms);
	await db.query(EMPTY);
}

/** The real functions. Each writer has a session; everything else shares the pool. */
export function realSide(db: Database): Side & AsyncDisposable {
	const writers = new Map<number, pg.PoolClient>();
	const end = async (writer: number, how: "COMMIT" | "ROLLBACK") => {
		const client = writers.get(writer);
		writers.delete(writer);
		await client?.query(how);
		client?.release();
	};
	const nobody = { actor: "somebody", reason: null };
	const sessions = new RealSessions(db);
	return {
		store: createRelayStore(db),
		setClock: (ms) => setClock(db, ms),
		async begin(writer) {
			const client = await db.connect();
			writers.set(writer, client);
			await client.query("BEGIN; SELECT pg_current_xact_id()");
		},
		insert: async (writer, event) => void (await writers.get(writer)?.query(INSERT, valuesOf(event))),
		commit: (writer) => end(writer, "COMMIT"),
		rollback: (writer) => end(writer, "ROLLBACK"),
		retry: (ids, allowDuplicates) => retryEvents(db, ids, allowDuplicates, nobody),
		cancel: (ids, reason) => cancelEvents(db, ids, { ...nobody, reason }),
		resolve: (id, delivered, reason) => resolveEvent(db, id, delivered, { ...nobody, reason }),
		pause: (triggerId, reason, by) => pauseTrigger(db, triggerId, reason, by),
		resume: (triggerId) => resumeTrigger(db, triggerId, null, null),
		set: (triggerId, changes) => setTrigger(db, triggerId, changes, null),
		prune: (beforeMs, limit) => pruneStep(db, new Date(beforeMs).toISOString(), null, limit),
		adopt: async (cancelBacklog) => {
			// Not the one that tries again for a minute.
			const statement = "SELECT reward_outbox.adopt($1, 'a test')::float8 AS unfinished";
			return (await db.query<{ unfinished: number }>(statement, [cancelBacklog])).rows[0]?.unfinished ?? 0;
		},
		openSession: (relay) => sessions.open(relay),
		endSession: (relay) => sessions.end(relay),
		sessionOf: (relay) => sessions.idOf(relay),
		requestLock: (relay) => sessions.requestLock(relay),
		releaseLock: (relay) => sessions.releaseLock(relay),
		lockHolders: () => sessions.lockHolders(),
		wasNotified: () => sessions.wasNotified(),
		state: () => readState(db),
		async [Symbol.asyncDispose]() {
			await sessions.close();
			for (const writer of [...writers.keys()]) await end(writer, "ROLLBACK").catch(() => {});
		},
	};
}

function valuesOf(event: NewEvent): unknown[] {
	const { id, triggerId, userId, payload, orderingKey, idempotencyKey, capturedKey, source, deliverAfter } = event;
	return [id, triggerId, userId, payload ?? "{}", orderingKey, idempotencyKey, capturedKey, source, deliverAfter];
}
