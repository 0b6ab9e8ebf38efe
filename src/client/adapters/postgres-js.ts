import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";
import { probeTransaction } from "../transaction-probe.ts";

/** The part of postgres.js' `Sql`, `TransactionSql` and `ReservedSql` that is used. All are functions. */
export interface PostgresJsHandle {
	unsafe(query: string, parameters?: (string | null)[]): PromiseLike<readonly unknown[]>;
	array(value: never[], type?: number): unknown;
}

/**
 * postgres.js: the `sql` that `begin` and `savepoint` hand out, or a reserved connection after BEGIN. The former does
 * not know when it is used after its callback: nobody can, so that is left to the caller.
 */
export const postgresJs: Adapter<PostgresJsHandle> = {
	recognises: (handle): handle is PostgresJsHandle =>
		typeof handle === "function" && hasMethods(handle, "unsafe", "array", "file"),

	whyNotInTransaction(handle) {
		if (hasMethods(handle, "savepoint")) return null;
		if (hasMethods(handle, "release")) return probeTransaction((text) => handle.unsafe(text), outside);
		return new NotInTransactionError(
			"pool",
			"got the sql of a postgres.js pool, whose statements are not atomic with each other: pass the sql that sql.begin() hands out",
		);
	},

	async query(handle, text, values) {
		return (await handle.unsafe(text, [...values])) as readonly Row[];
	},
};

function outside(): NotInTransactionError {
	return new NotInTransactionError(
		"no_transaction",
		"the reserved postgres.js connection is not inside a transaction: await BEGIN first, and emit before COMMIT",
	);
}
