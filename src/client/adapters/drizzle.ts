import type { Wrapper } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of `PgDatabase` and `PgTransaction` that is used, as far as their types tell. */
export interface DrizzleHandle {
	execute(query: string): PromiseLike<unknown>;
	readonly _: { readonly session: object };
}

/**
 * Drizzle on node-postgres, postgres.js and what is built to be like them. A statement with parameters can only be made
 * with Drizzle's own `sql`, which importing it would bind us to, so the driver's client below is used: it is the
 * transaction's own.
 */
export const drizzle: Wrapper<DrizzleHandle> = {
	recognises: (handle): handle is DrizzleHandle =>
		hasMethods(handle, "execute", "transaction", "refreshMaterializedView") && "_" in handle,

	whyNotInTransaction(handle) {
		if (hasMethods(handle, "setTransaction", "rollback")) return null;
		return new NotInTransactionError(
			"pool",
			"got a Drizzle database, whose statements are not atomic with each other: pass the tx of db.transaction()",
		);
	},

	unwrap: (handle) => (handle._.session as { readonly client?: unknown }).client,
};
