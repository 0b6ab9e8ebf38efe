import type { Decision } from "../event/decide.ts";
import type { Outcome } from "../event/outcome.ts";
import { type CompositeValue, compositeArray } from "./composite-array.ts";
import type { Database } from "./database.ts";
import { prepared, runPrepared } from "./prepared.ts";
import { withTextsThatFit } from "./texts-that-fit.ts";

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
	`SELECT reward_outbox.settle_accepted($1, $2, $3, $4), ${HEAD_POSITION}`,
);

/**
 * Records accepted attempts of one relay: this is what marks events as delivered. Monotone and repeatable. What is not,
 * or was not, under the lease that it names is left out.
 * @param done leases of which nothing is left to settle
 * @returns how far the outbox has been read
 */
export async function settleAccepted(
	db: Database,
	relayNo: number,
	batch: readonly Settlement[],
	done: readonly string[],
): Promise<string | null> {
	const rows = await withTextsThatFit(batch, (settlements) =>
		runPrepared<[null, string | null]>(db, SETTLE_ACCEPTED, [
			relayNo,
			compositeArray(settlements.map(acceptedAttempt)),
			settlements.some((s) => s.event.ordered),
			done,
		]),
	);
	return rows[0]?.[1] ?? null;
}

/** As reward_outbox.accepted_attempt has it. */
function acceptedAttempt({ event, outcome, ageMs, durationMs }: Settlement): CompositeValue[] {
	return [
		event.leaseId,
		event.eventId,
		event.attempt,
		Math.round(ageMs),
		durationMs === null ? null : Math.round(durationMs),
		outcome.httpStatus,
		outcome.responseBody,
	];
}

const SETTLE_FAILED = prepared("settle_failed", `SELECT reward_outbox.settle_failed($1, $2, $3), ${HEAD_POSITION}`);

/**
 * Records attempts that were not accepted and what follows. Fenced by the lease; repeatable.
 * @returns how far the outbox has been read
 */
export async function settleFailed(
	db: Database,
	batch: readonly Settlement[],
	done: readonly string[],
): Promise<string | null> {
	const rows = await withTextsThatFit(batch, (settlements) =>
		runPrepared<[number, string | null]>(db, SETTLE_FAILED, [
			JSON.stringify(settlements.map(failedResult)),
			settlements.some((s) => s.event.ordered),
			done,
		]),
	);
	return rows[0]?.[1] ?? null;
}

/** As reward_outbox.settle_failed takes it. */
function failedResult({ event, relayNo, outcome, decision, ageMs, durationMs }: Settlement) {
	return {
		relay_no: relayNo,
		lease_id: event.leaseId,
		event_id: event.eventId,
		attempt: event.attempt,
		age_ms: Math.round(ageMs),
		duration_ms: durationMs === null ? null : Math.round(durationMs),
		http_status: outcome.httpStatus,
		outcome: outcome.class,
		error_code: outcome.errorCode,
		error_message: outcome.errorMessage,
		response_body: outcome.responseBody,
		response_headers: outcome.responseHeaders,
		next: decision.next,
		delay_ms: decision.next === "pending" ? decision.delayMs : null,
		excused: decision.next === "pending" && decision.excused,
	};
}
