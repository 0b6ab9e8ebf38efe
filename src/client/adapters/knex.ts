import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of `Knex` and `Knex.Transaction` that is used. Both are functions. */
export interface KnexHandle {
	readonly isTransaction?: boolean;
	/** Of a transaction; true too once the transaction around it has ended. */
	isCompleted?(): boolean;
	raw(sql: string, bindings: readonly (string | null)[]): PromiseLike<{ readonly rows: readonly unknown[] }>;
	transaction(...args: never[]): unknown;
}

const PARAMETER = /\$\d+/g;

/** Knex transactions, nested ones (savepoints) and those of `transactionProvider()` included; so Objection's too. */
export const knex: Adapter<KnexHandle> = {
	recognises: (handle): handle is KnexHandle =>
		typeof handle === "function" && hasMethods(handle, "raw", "transaction", "select"),

	whyNotInTransaction(handle) {
		if (!handle.isTransaction) {
			return new NotInTransactionError(
				"pool",
				"got a Knex instance, whose statements are not atomic with each other: pass the trx of knex.transaction()",
			);
		}
		if (handle.isCompleted?.()) return new NotInTransactionError("closed", "the Knex transaction has already ended");
		return null;
	},

	async query(handle, text, values) {
		// Knex numbers the parameters itself.
		const { rows } = await handle.raw(text.replace(PARAMETER, "?"), values);
		return rows as readonly Row[];
	},
};
