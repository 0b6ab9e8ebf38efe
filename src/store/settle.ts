import type { Decision } from "../event/decide.ts";
import type { Outcome } from "../event/outcome.ts";
import type { Database } from "./database.ts";
import { prepared, runPrepared } from "./prepared.ts";

/** The part of a claimed event that settling needs. */
export interface SettledEvent {
	readonly eventId: string;
	readonly leaseId: string;
	readonly attempt: number;
	readonly ordered: boolean;
}

/** One attempt, its outcome and what was decided. */
export interface Settlement {
	readonly event: SettledEvent;
	/** Who made the attempt. */
	readonly relayNo: number;
	readonly outcome: Outcome;
	readonly decision: Decision;
	/** Milliseconds since the attempt began, when it is written. Turned into a time by the database's clock. */
	readonly ageMs: number;
	/** Null: unknown, its relay died. */
	readonly durationMs: number | null;
}

/** How far the outbox has been read, at least as far as what is settled: a database that knows less has lost it. */
const HEAD_POSITION = '(SELECT h.position_no::text FROM reward_outbox.head_now h) AS "headPosition"';

const SETTLE_ACCEPTED = prepared(
	"settle_accepted",
	`SELECT reward_outbox.settle_accepted($1, $2, $3, $4, $5, $6, $7, $8, $9, $10), ${HEAD_POSITION}`,
);

/**
 * Records accepted attempts of one relay: this is what marks events as delivered. Monotone and repeatable.
 * @param done leases of which nothing is left to settle
 * @returns how far the outbox has been read
 */
export async function settleAccepted(
	db: Database,
	relayNo: number,
	batch: readonly Settlement[],
	done: readonly string[],
): Promise<string | null> {
	const bodies = batch.map((s) => s.outcome.responseBody);
	const rows = await runPrepared<[null, string | null]>(db, SETTLE_ACCEPTED, [
		relayNo,
		plainArray([...new Set(batch.map((s) => s.event.leaseId))]),
		plainArray(batch.map((s) => s.event.eventId)),
		plainArray(batch.map((s) => s.event.attempt)),
		plainArray(batch.map((s) => Math.round(s.ageMs))),
		plainArray(batch.map((s) => roundMs(s.durationMs))),
		plainArray(batch.map((s) => s.outcome.httpStatus)),
		bodies.some((body) => body !== null) ? bodies : null,
		batch.some((s) => s.event.ordered),
		done,
	]);
	return rows[0]?.[1] ?? null;
}

const SETTLE_FAILED = `SELECT reward_outbox.settle_failed($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16), ${HEAD_POSITION}`;

/**
 * Records attempts that were not accepted and what follows. Fenced by the lease; repeatable.
 * @returns how far the outbox has been read
 */
export async function settleFailed(
	db: Database,
	batch: readonly Settlement[],
	done: readonly string[],
): Promise<string | null> {
	const { rows } = await db.query<{ headPosition: string | null }>(SETTLE_FAILED, [
		batch.map((s) => s.relayNo),
		batch.map((s) => s.event.leaseId),
		batch.map((s) => s.event.eventId),
		batch.map((s) => s.event.attempt),
		batch.map((s) => Math.round(s.ageMs)),
		batch.map((s) => roundMs(s.durationMs)),
		batch.map((s) => s.outcome.httpStatus),
		batch.map((s) => s.outcome.class),
		batch.map((s) => s.outcome.errorCode),
		batch.map((s) => s.outcome.errorMessage),
		batch.map((s) => s.outcome.responseBody),
		batch.map((s) => s.decision.next),
		batch.map((s) => (s.decision.next === "pending" ? s.decision.delayMs : null)),
		batch.map((s) => s.decision.next === "pending" && s.decision.excused),
		batch.some((s) => s.event.ordered),
		done,
	]);
	return rows[0]?.headPosition ?? null;
}

/** An array of numbers and UUIDs as PostgreSQL reads it. The driver would look for something to escape in each of them. */
function plainArray(values: readonly (string | number | null)[]): string {
	return `{${values.map((value) => value ?? "NULL").join(",")}}`;
}

function roundMs(ms: number | null): number | null {
	return ms === null ? null : Math.round(ms);
}
