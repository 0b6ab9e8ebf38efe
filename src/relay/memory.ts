import type { Recent, Remembered, RememberedResult } from "../store/identity.ts";
import type { Clock } from "../timing/clock.ts";
import type { PendingSettlement } from "./settler.ts";

/** Results kept to be told to a database that lost them, at least: a few megabytes. What is older is in the log. */
const MOST_RESULTS = 20_000;

/** A result and when its attempt began, by the monotonic clock. */
interface KeptResult {
	readonly startedAt: number;
	readonly result: Omit<RememberedResult, "age_ms">;
}

/**
 * What a relay knows of its database that the database itself may forget. A restore takes the database back together
 * with everything in it that says so; this stays.
 */
export class Memory {
	readonly #clock: Clock;
	#remembered: Remembered | null = null;
	#results: KeptResult[] = [];
	#told = 0;
	/** When the database was last found to have begun another life; attempts from before may be unknown to it. */
	#anewAt: number | null = null;
	#lastWritten: { readonly eventId: string; readonly attempt: number }[] = [];

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	get remembered(): Remembered | null {
		return this.#remembered;
	}

	/** A mark that the database has just confirmed: everything before it is confirmed as well. */
	confirmed(remembered: Remembered): void {
		this.#remembered = remembered;
	}

	/** What has to be on record although the last mark is older. */
	recent(openLeases: () => readonly string[]): Recent {
		return { openLeases, results: this.#lastWritten };
	}

	/** A batch is on record. @param headPosition how far the outbox had been read by then */
	written(batch: readonly PendingSettlement[], headPosition: string | null): void {
		for (const settlement of batch) this.#results.push(kept(settlement));
		if (this.#results.length > 2 * MOST_RESULTS) this.#forgetOldest(this.#results.length - MOST_RESULTS);
		const last = batch.findLast(({ startedAt }) => startedAt >= (this.#anewAt ?? 0));
		if (last !== undefined) this.#lastWritten = [{ eventId: last.event.eventId, attempt: last.event.attempt }];
		this.#readTo(headPosition);
	}

	/** The results that the database has not been told again since it was found to have lost something, oldest first. */
	untold(): RememberedResult[] {
		const now = this.#clock.now();
		return this.#results.slice(this.#told).map(({ startedAt, result }) => ({ ...result, age_ms: now - startedAt }));
	}

	/** The oldest `count` of {@link untold} are on record there. */
	told(count: number): void {
		this.#told += count;
	}

	/** It lost something, once more perhaps: all that is remembered is to be told. */
	tellAgain(): void {
		this.#told = 0;
	}

	/** It was adopted meanwhile: what comes of requests that are under way now, it may not know how to place. */
	beginsAnew(): void {
		this.#anewAt = this.#clock.now();
		this.#lastWritten = [];
		this.tellAgain();
	}

	/** Whether something is untold that was sent before the database began anew. */
	get hasLateResults(): boolean {
		const anewAt = this.#anewAt;
		return anewAt !== null && this.#results.slice(this.#told).some(({ startedAt }) => startedAt < anewAt);
	}

	#forgetOldest(count: number): void {
		this.#results.splice(0, count);
		this.#told = Math.max(0, this.#told - count);
	}

	#readTo(headPosition: string | null): void {
		if (this.#remembered === null || headPosition === null) return;
		if (BigInt(headPosition) > BigInt(this.#remembered.headPosition))
			this.#remembered = { ...this.#remembered, headPosition };
	}
}

function kept({ event, outcome, startedAt, durationMs }: PendingSettlement): KeptResult {
	return {
		startedAt,
		result: {
			event_id: event.eventId,
			trigger_id: event.triggerId,
			user_id: event.userId,
			attempt: event.attempt,
			outcome: outcome.class,
			http_status: outcome.httpStatus,
			error_code: outcome.errorCode,
			error_message: outcome.errorMessage,
			duration_ms: durationMs === null ? null : Math.round(durationMs),
		},
	};
}
