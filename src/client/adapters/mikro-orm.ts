import type { Wrapper } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of MikroORM's SQL `EntityManager` that is used. */
export interface MikroOrmHandle {
	isInTransaction(): boolean;
	getTransactionContext(): unknown;
	getConnection(): MikroOrmConnection;
}

interface MikroOrmConnection {
	/** Of MikroORM 7: a Kysely. */
	getClient?(): unknown;
	/** Of MikroORM 5 and 6. */
	getKnex?(): unknown;
}

/**
 * MikroORM: an `EntityManager` inside `transactional()` or after `begin()`. Its transaction is one of Kysely (MikroORM 7)
 * or Knex (5 and 6). The event is written at once, not with the unit of work's flush; both are in the same transaction.
 */
export const mikroOrm: Wrapper<MikroOrmHandle> = {
	recognises: (handle): handle is MikroOrmHandle =>
		hasMethods(handle, "isInTransaction", "getTransactionContext", "getConnection"),

	whyNotInTransaction(handle) {
		if (handle.isInTransaction()) return null;
		return new NotInTransactionError(
			"no_transaction",
			"the MikroORM EntityManager is not inside a transaction: pass the em that em.transactional() hands out, or await em.begin() first",
		);
	},

	unwrap(handle) {
		if (handle.isInTransaction()) return handle.getTransactionContext();
		const connection = handle.getConnection();
		return connection.getClient?.() ?? connection.getKnex?.();
	},
};
