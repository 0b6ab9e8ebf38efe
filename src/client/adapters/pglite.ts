import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of PGlite's `Transaction` and `PGlite` that is used. */
export interface PgliteHandle {
	query(query: string, params?: (string | null)[]): Promise<{ readonly rows: readonly unknown[] }>;
	exec(query: string): Promise<unknown>;
	/** Of a transaction: it has ended. */
	readonly closed: boolean;
}

/** PGlite: the `tx` of `db.transaction()`. */
export const pglite: Adapter<PgliteHandle> = {
	recognises: (handle): handle is PgliteHandle =>
		hasMethods(handle, "query", "exec", "sql", "listen") &&
		"closed" in handle &&
		!hasMethods(handle, "escapeIdentifier"),

	whyNotInTransaction(handle) {
		if (!hasMethods(handle, "rollback")) {
			return new NotInTransactionError(
				"pool",
				"got a PGlite database, whose statements are not atomic with each other: pass the tx of db.transaction()",
			);
		}
		return handle.closed ? new NotInTransactionError("closed", "the PGlite transaction has already ended") : null;
	},

	async query(handle, text, values) {
		const { rows } = await handle.query(text, [...values]);
		return rows as readonly Row[];
	},
};
