import type { HoldingReport } from "../event/holding.ts";
import type { Pause } from "../event/pause.ts";
import type { Database } from "./database.ts";

/** Introduces a relay; returns its number, which attempts and claims name. */
export async function registerRelay(
	db: Database,
	relay: { name: string; version: string; concurrency: number },
): Promise<number> {
	const { rows } = await db.query<{ no: number }>("SELECT reward_outbox.register_relay($1, $2, $3) AS no", [
		relay.name,
		relay.version,
		relay.concurrency,
	]);
	return (rows[0] as { no: number }).no;
}

/** How a relay learns of new events. `deaf`: LISTEN is in place but its own probe was not heard; it polls. */
export type ListenerMode = "connecting" | "listening" | "polling" | "deaf";

/** How a relay is, as others see it. */
export interface RelayCondition {
	readonly listener: ListenerMode;
	/** Why the relay sends nothing but probes; null: not paused. */
	readonly pause: Pause | null;
	/** Null: nothing is held back. */
	readonly holding: HoldingReport | null;
}

export interface Heartbeat extends RelayCondition {
	readonly relayNo: number;
	readonly stopped: boolean;
}

export async function heartbeat(db: Database, beat: Heartbeat): Promise<void> {
	const { relayNo, stopped } = beat;
	await db.query("SELECT reward_outbox.heartbeat($1, $2, $3, $4, $5, $6)", [
		relayNo,
		...conditionValues(beat),
		stopped,
	]);
}

/** As the function takes them. */
export function conditionValues({ listener, pause, holding }: RelayCondition): (string | null)[] {
	const { code = null, reason = null } = pause ?? {};
	return [listener, code, reason, holding === null ? null : JSON.stringify(holding)];
}

/** What a relay says of itself every second or two. */
export interface CheckIn {
	readonly relayNo: number;
	/** The server's process id of the session that listens; null: there is none. */
	readonly sessionId: number | null;
	readonly wakeMode: string;
	/** It could send what it is woken for. */
	readonly able: boolean;
	/** It has events under way. */
	readonly working: boolean;
	/** The server's process id of the session that holds the wake lock; null: it does not. */
	readonly lockSessionId: number | null;
}

export interface CheckedIn {
	/** This relay is the one that asks to be notified. */
	readonly chosen: boolean;
	/** The session that holds the wake lock is there, as the server sees it. */
	readonly lockIsHeld: boolean;
	/** There are leases that expired, or whose relay has died. */
	readonly reapable: boolean;
	/** There is no other relay, dead ones of the last minutes included. */
	readonly alone: boolean;
}

const CHECK_IN =
	'SELECT chosen, coalesce(lock_is_held, false) AS "lockIsHeld", reapable, alone FROM reward_outbox.check_in($1, $2, $3, $4, $5, $6)';

export async function checkIn(db: Database, relay: CheckIn): Promise<CheckedIn> {
	const { rows } = await db.query<CheckedIn>(CHECK_IN, [
		relay.relayNo,
		relay.sessionId,
		relay.wakeMode,
		relay.able,
		relay.working,
		relay.lockSessionId,
	]);
	return rows[0] as CheckedIn;
}

/**
 * The name of the relay that serves the database: of those that are at work there and the one that asks, always the
 * same one, whoever asks.
 */
export async function servingRelay(db: Database, name: string): Promise<string> {
	const { rows } = await db.query<{ name: string }>("SELECT reward_outbox.serving_relay($1) AS name", [name]);
	return (rows[0] as { name: string }).name;
}

/** Wakes the other relays (and this one). */
export function wakeRelays(db: Database): Promise<void> {
	return notify(db, "reward_outbox");
}

/**
 * Asking how full the queue is makes PostgreSQL give back what everybody has read. Nothing else does once it is full:
 * without it nobody could notify any more, long after whoever kept it full has gone.
 */
const NOTIFY = "SELECT pg_notify($1, '') WHERE pg_notification_queue_usage() <= 1";

/** Sends an empty notification. */
export async function notify(db: Database, channel: string): Promise<void> {
	await db.query(NOTIFY, [channel]);
}

/** Asks for nothing. Rejects when the database does not answer. */
export async function ping(db: Database): Promise<void> {
	await db.query("SELECT");
}
