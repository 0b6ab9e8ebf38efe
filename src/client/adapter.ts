import type { NotInTransactionError } from "./errors.ts";

/** A row of a result, by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** An error when a statement would not be part of a transaction; null when it would, or when that cannot be known. */
export type TransactionProblem = NotInTransactionError | null;

/**
 * How to speak through one library's transaction. Libraries are recognised by their shape and never imported, so the
 * caller brings whichever version they have; a new one is one file in `adapters/` and one line in the list below.
 */
export interface Adapter<Handle extends object> {
	/** Must be sure: a handle is given to the first adapter that recognises it. */
	recognises(handle: object): handle is Handle;
	/** A promise only where the database has to be asked. */
	whyNotInTransaction(handle: Handle): TransactionProblem | Promise<TransactionProblem>;
	/** One statement with `$1`-style parameters, all of them text or null, each used once and in order. */
	query(handle: Handle, text: string, values: readonly (string | null)[]): Promise<readonly Row[]>;
}

/** A library that runs on a transaction of another one, which knows better whether it is still open. */
export interface Wrapper<Handle extends object> {
	recognises(handle: object): handle is Handle;
	/** What only the outer library can tell. */
	whyNotInTransaction(handle: Handle): TransactionProblem;
	/** The transaction or pool below. */
	unwrap(handle: Handle): unknown;
}

/** An adapter with its handle. */
export interface Executor {
	whyNotInTransaction(): TransactionProblem | Promise<TransactionProblem>;
	query(text: string, values: readonly (string | null)[]): Promise<readonly Row[]>;
}
