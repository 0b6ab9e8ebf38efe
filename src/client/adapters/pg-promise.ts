import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of pg-promise's `IDatabase` and `ITask` that is used. */
export interface PgPromiseHandle {
	any(query: { readonly text: string; readonly values: (string | null)[] }): Promise<readonly unknown[]>;
	tx(...args: never): Promise<unknown>;
	/** Of a task. */
	readonly ctx?: { readonly inTransaction: boolean };
}

/** pg-promise: the `t` of `db.tx()`, nested ones included, or of a task inside one. */
export const pgPromise: Adapter<PgPromiseHandle> = {
	recognises: (handle): handle is PgPromiseHandle => hasMethods(handle, "any", "oneOrNone", "manyOrNone", "tx", "task"),

	whyNotInTransaction({ ctx }) {
		if (ctx?.inTransaction) return null;
		return new NotInTransactionError(
			ctx === undefined ? "pool" : "no_transaction",
			"got a pg-promise database or task, whose statements are not atomic with each other: pass the t of db.tx()",
		);
	},

	async query(handle, text, values) {
		try {
			// As an object, so that the values are parameters and not written into the text.
			return (await handle.any({ text, values: [...values] })) as readonly Row[];
		} catch (error) {
			if (!isReleased(error)) throw error;
			throw new NotInTransactionError("closed", "the pg-promise transaction has already ended", { cause: error });
		}
	},
};

/** pg-promise says this before anything is sent, and says it by message only. */
function isReleased(error: unknown): boolean {
	return error instanceof Error && /released or lost connection/.test(error.message);
}
