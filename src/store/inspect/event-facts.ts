import { CompiledQuery, sql } from "kysely";
import type { Facts } from "../../event/facts.ts";
import type { Evidence } from "../../event/reconcile.ts";
import type { RefusalCode } from "../../event/refusal.ts";
import type { Database } from "../database.ts";
import { readEvidence } from "../receipts/evidence.ts";
import { type EventRecord, recordOf } from "./one-event.ts";
import { type Reading, readConsistently } from "./reading.ts";
import { lastRelay, relaysAlive } from "./relays-alive.ts";

const HELD_BACK_COUNTED = 1000;

/** An event as it is listed, and everything that explains it: one look at the database. */
export interface EventDetail {
	readonly record: EventRecord;
	readonly facts: Facts;
}

/**
 * Everything on record that explains an event; null: there is no such event.
 * @param defaultMaxAttempts the relays' limit, which only they know
 */
export async function readFacts(database: Database, id: string, defaultMaxAttempts: number): Promise<Facts | null> {
	return (await readDetail(database, id, defaultMaxAttempts))?.facts ?? null;
}

/** {@link readFacts}, with the event itself. */
export function readDetail(database: Database, id: string, defaultMaxAttempts: number): Promise<EventDetail | null> {
	return readConsistently(database, async (reading) => {
		const record = await recordOf(reading, id);
		return record === null ? null : { record, facts: await factsOf(reading, record, defaultMaxAttempts) };
	});
}

async function factsOf(reading: Reading, record: EventRecord, defaultMaxAttempts: number): Promise<Facts> {
	const { event, ...history } = record;
	const { id, trigger_id, user_id, status, attempts, created_at, deliver_after, next_attempt_at, delivered_at } = event;
	const relays = await relaysAlive(reading);
	return {
		...history,
		event: {
			id,
			trigger_id,
			user_id,
			status,
			attempts,
			created_at,
			deliver_after,
			next_attempt_at,
			delivered_at,
			ordering_key: event.ordering_key,
			source: event.source,
			...(await stateOf(reading, event)),
		},
		evidence: await evidenceOf(reading, record),
		claim: await claimOf(reading, id),
		...(await orderOf(reading, id, event.ordering_key)),
		trigger: await triggerOf(reading, trigger_id),
		trigger_in_flight: await inFlightOf(reading, trigger_id),
		relays,
		last_relay: relays.length === 0 ? await lastRelay(reading) : null,
		default_max_attempts: defaultMaxAttempts,
	};
}

async function evidenceOf({ db }: Reading, { event, attempts }: EventRecord): Promise<Evidence | null> {
	if (!attempts.some(({ outcome }) => outcome === "ambiguous")) return null;
	return readEvidence(
		async <Row>(text: string, values: unknown[]) => (await db.executeQuery<Row>(CompiledQuery.raw(text, values))).rows,
		event.id,
	);
}

interface State extends Pick<Facts["event"], "excused" | "blocked" | "reason"> {
	readonly isKnown: boolean;
	readonly retry: RefusalCode | null;
	readonly cancel: RefusalCode | null;
	readonly resolve: RefusalCode | null;
}

/** The row of an event that waits or has ended, and what a person may decide, by the database's own rules. */
async function stateOf({ db }: Reading, { id, status, ordering_key }: EventRecord["event"]) {
	const { rows } = await sql<State>`
		SELECT coalesce(s.excused, 0) AS excused, coalesce(s.blocked, false) AS blocked, s.reason,
		       s.event_id IS NOT NULL AS "isKnown",
		       reward_outbox.refusal_code('retry', e.status, s.duplicate_of IS NOT NULL,
		         e.has_order AND s.event_id IS NULL, true) AS retry,
		       reward_outbox.refusal_code('cancel', e.status, false, false, false) AS cancel,
		       reward_outbox.refusal_code('resolve_delivered', e.status, false, false, false) AS resolve
		FROM (VALUES (${id}::uuid, ${status}::text, ${ordering_key !== null}::boolean)) AS e(id, status, has_order)
		LEFT JOIN reward_outbox.event_states s ON s.event_id = e.id`.execute(db);
	const { isKnown, retry, cancel, resolve, ...state } = rows[0] as State;
	return { ...state, unread: !isKnown && status === "pending", refused: { retry, cancel, resolve } };
}

/** Claims are as many as relays have under way: few. */
async function claimOf({ db }: Reading, id: string): Promise<Facts["claim"]> {
	const claim = await db
		.selectFrom("claims as c")
		.leftJoin("relays as r", "r.relay_no", "c.relay_no")
		.select(["r.name as relay", "c.claimed_at", "c.expires_at"])
		.where(sql<boolean>`${id}::uuid = ANY (c.event_ids)`)
		.orderBy("c.claimed_at", "desc")
		.limit(1)
		.executeTakeFirst();
	return claim ?? null;
}

async function orderOf(
	{ db }: Reading,
	id: string,
	orderingKey: string | null,
): Promise<Pick<Facts, "held_back_by" | "holds_back">> {
	if (orderingKey === null) return { held_back_by: null, holds_back: 0 };
	const ofKey = db
		.selectFrom("event_states as s")
		.where("s.ordering_key", "=", orderingKey)
		.where("s.status", "in", ["pending", "sending", "uncertain"]);
	const head = await ofKey
		.where("s.blocked", "=", false)
		.select(["s.event_id as id", "s.status", "s.next_attempt_at"])
		.executeTakeFirst();
	if (head !== undefined && head.id !== id) return { held_back_by: head, holds_back: 0 };
	const behind = ofKey.where("s.blocked", "=", true).select("s.event_id").limit(HELD_BACK_COUNTED);
	const { count } = await db
		.selectFrom(behind.as("b"))
		.select(sql<number>`count(*)::integer`.as("count"))
		.executeTakeFirstOrThrow();
	return { held_back_by: null, holds_back: head === undefined ? 0 : count };
}

async function triggerOf({ db }: Reading, triggerId: string): Promise<Facts["trigger"]> {
	const trigger = await db
		.selectFrom("triggers as t")
		.select(["t.trigger_id", "t.mode", "t.max_attempts", "t.rate_per_second", "t.max_in_flight"])
		.select(["t.paused_at", "t.paused_by", "t.paused_reason", "t.paused_code", "t.probe_at"])
		.select(["t.auto_confirm", "t.auto_resend"])
		.where("t.trigger_id", "=", triggerId)
		.executeTakeFirst();
	return trigger ?? null;
}

async function inFlightOf({ db }: Reading, triggerId: string): Promise<number> {
	const { count } = await db
		.selectFrom("event_states as s")
		.select(sql<number>`count(*)::integer`.as("count"))
		.where("s.trigger_id", "=", triggerId)
		.where("s.status", "=", "sending")
		.executeTakeFirstOrThrow();
	return count;
}
