import type { TemporalLike } from "./deliver-after.ts";
import type { JsonObjectOf, PayloadOf } from "./json-type.ts";

/**
 * One event, as the application gives it. A property is left out or null when there is nothing to say; `undefined` is
 * refused everywhere, because it is what a misspelt name or a forgotten return evaluates to.
 */
export interface EventInput<Payload extends object = object, Metadata extends object = object> {
	/** Reward's id of the trigger: 1 to 512 bytes of UTF-8, no control characters, not `.` or `..`. */
	readonly trigger: string;
	/** The user, as your application identifies them to Reward. Same rules as `trigger`. */
	readonly user: string;
	/**
	 * The JSON object that Reward receives; default `{}`. Plain objects, arrays, strings, finite numbers, booleans and
	 * null; at most 64 KiB as PostgreSQL prints it and 64 levels deep; `value`, when there, is a number. Exact numbers
	 * are written as they are: `decimal("19.90")`, or a number of decimal.js, big.js or bignumber.js. Nothing is
	 * converted in silence: a Date, a BigInt, a Map or an instance of a class is refused, and `toJSON` is never called.
	 */
	readonly payload?: PayloadOf<Payload>;
	/**
	 * Names the business fact, such as `order-4711-paid`. A second event with the same key adds nothing and gets the
	 * first one's id; with another trigger, user or payload the database refuses it (SQLSTATE 23505). 1 to 512 bytes.
	 * Default: none.
	 */
	readonly idempotencyKey?: string | null;
	/** Events with the same key are sent one at a time, in order. 1 to 512 bytes. Default: none, sent in parallel. */
	readonly orderingKey?: string | null;
	/**
	 * Not sent before this time: a Date, a `Temporal.Instant` or `ZonedDateTime` (to the microsecond), or ISO 8601 text
	 * with
	 * `Z` or an offset and up to microseconds, years 1 to 9999.
	 * Default: as soon as the transaction has committed, which is also what a time in the past means.
	 */
	readonly deliverAfter?: Date | TemporalLike | string | null;
	/**
	 * A JSON object kept for the audit and never sent; the rules of `payload`, except the one about `value`. Default:
	 * none.
	 */
	readonly metadata?: JsonObjectOf<Metadata> | null;
}

/** How `emit` and `emitMany` behave. */
export interface EmitOptions {
	/**
	 * What to do when there is no transaction to be atomic with: `refuse` (default) rejects with `NotInTransactionError`;
	 * `allow` writes the event in a transaction of its own, for events that accompany no other write.
	 */
	readonly outsideTransaction?: "refuse" | "allow";
}
