import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of Slonik's `DatabaseTransactionConnection`, `DatabasePoolConnection` and `DatabasePool` that is used. */
export interface SlonikHandle {
	query(query: never): Promise<{ readonly rows: readonly unknown[] }>;
	maybeOneFirst(query: never): Promise<unknown>;
	transaction(handler: never): Promise<unknown>;
	/** Of a transaction. */
	readonly transactionId?: string;
}

/** What Slonik's own tag makes, built by hand because importing it would make it a dependency. */
const QUERY = { parser: undefined, type: Symbol.for("SLONIK_TOKEN_QUERY") };

/**
 * Slonik: the connection that `transaction()` hands out. It does not know when it is used after its end: nobody can.
 */
export const slonik: Adapter<SlonikHandle> = {
	recognises: (handle): handle is SlonikHandle =>
		hasMethods(handle, "query", "maybeOneFirst", "manyFirst", "exists", "transaction"),

	whyNotInTransaction({ transactionId }) {
		if (typeof transactionId === "string") return null;
		return new NotInTransactionError(
			"pool",
			"got a Slonik pool or connection, whose statements are not atomic with each other: pass what transaction() hands out",
		);
	},

	async query(handle, text, values) {
		const { rows } = await handle.query({ ...QUERY, sql: text, values: [...values] } as never);
		return rows as readonly Row[];
	},
};
