import { OutboxError, type OutboxErrorOptions } from "../errors.ts";
import type { SchemaIssue } from "./standard-schema.ts";

/** The rule an event broke. New rules may be added in a minor version. */
export type EventRule =
	| "required"
	| "undefined"
	| "unknown"
	| "type"
	| "length"
	| "dots"
	| "control_character"
	| "lone_surrogate"
	| "nul_character"
	| "not_finite"
	| "not_plain"
	| "cyclic"
	| "too_deep"
	| "too_large"
	| "unreadable"
	| "invalid_time"
	| "schema";

/**
 * Common to everything `emit` and `emitMany` refuse by themselves. Nothing was executed: the caller's transaction is as
 * it was. `code` is stable, for programs with more than one copy of this package: `invalid_event`,
 * `not_in_transaction`,
 * `unsupported_transaction`.
 */
export abstract class EmitError extends OutboxError {
	static override readonly name: string = "EmitError";
}

/** The event breaks a rule. The message names the field and the rule, never a value. */
export class InvalidEventError extends EmitError {
	static override readonly name: string = "InvalidEventError";

	/** Where, for example `user` or `payload.items[3].price`; of `emitMany`, `events[7].user`. */
	readonly field: string;
	readonly rule: EventRule;
	/** The message without the field: "must be a string, got null". */
	readonly requirement: string;

	constructor(field: string, rule: EventRule, requirement: string, options?: OutboxErrorOptions) {
		super("invalid_event", `${field} ${requirement}`, options);
		this.field = field;
		this.rule = rule;
		this.requirement = requirement;
	}
}

/**
 * The payload does not match its trigger's schema: an `InvalidEventError` whose `rule` is `schema` and `field` the
 * first issue's place.
 */
export class InvalidPayloadError extends InvalidEventError {
	static override readonly name: string = "InvalidPayloadError";

	/** Everything the schema found. The messages are the schema library's and may quote values. */
	readonly issues: readonly SchemaIssue[];

	constructor(
		field: string,
		requirement: string,
		issues: readonly SchemaIssue[],
		options: OutboxErrorOptions = { hint: "The error's issues say what the schema expects." },
	) {
		super(field, "schema", requirement, options);
		this.issues = issues;
	}
}

/**
 * Why there is no transaction: `pool`: statements of a pool may run on any of its connections; `no_transaction`: the
 * connection is not (or no longer) inside one; `closed`: the handle's transaction or connection has ended; `aborted`:
 * an earlier statement failed, and PostgreSQL ignores everything until the rollback.
 */
export type NoTransactionReason = "pool" | "no_transaction" | "closed" | "aborted";

/** What was passed as transaction is none, so that the event would not be atomic with the caller's writes. */
export class NotInTransactionError extends EmitError {
	static override readonly name: string = "NotInTransactionError";

	readonly reason: NoTransactionReason;

	constructor(reason: NoTransactionReason, message: string, options?: OutboxErrorOptions) {
		super("not_in_transaction", message, options);
		this.reason = reason;
	}
}

/** What was passed as transaction belongs to no library this client knows. */
export class UnsupportedTransactionError extends EmitError {
	static override readonly name: string = "UnsupportedTransactionError";

	constructor(message: string) {
		super("unsupported_transaction", message);
	}
}

/** Why a database cannot take events: it has no outbox, one of an older version, or this user may not write to it. */
export type SetupReason = "no_schema" | "no_privilege";

/**
 * The database is not set up for this. Its `hint` says what to type, its `cause` is the driver's error. The statement
 * was executed and failed, so the transaction can only be rolled back.
 */
export class OutboxSetupError extends OutboxError {
	static override readonly name: string = "OutboxSetupError";

	readonly reason: SetupReason;

	constructor(reason: SetupReason, message: string, options: OutboxErrorOptions) {
		super(reason === "no_schema" ? "schema_missing" : "not_granted", message, options);
		this.reason = reason;
	}
}
