import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of `Transaction` and `Sequelize` that is used, as far as their types tell. */
export type SequelizeHandle = SequelizeTransactionHandle | SequelizeInstanceHandle;

/** Its `sequelize` is left out of the library's own types. */
interface SequelizeTransactionHandle {
	commit(): Promise<void>;
	rollback(): Promise<void>;
	afterCommit(fn: () => void): unknown;
}

interface SequelizeInstanceHandle {
	/** `never`, because what it takes is an enum of the library's. */
	query(sql: string, options: never): Promise<unknown>;
	getQueryInterface(): unknown;
}

/** What a transaction is when the program runs. */
interface RunningTransaction extends SequelizeTransactionHandle {
	readonly sequelize: SequelizeInstanceHandle;
	readonly parent?: RunningTransaction | null;
	readonly finished?: "commit" | "rollback" | undefined;
}

/** Sequelize 6 and 7: a `Transaction`, nested ones (savepoints) included. */
export const sequelize: Adapter<RunningTransaction | SequelizeInstanceHandle> = {
	recognises: (handle): handle is RunningTransaction | SequelizeInstanceHandle =>
		isTransaction(handle) || isInstance(handle),

	whyNotInTransaction(handle) {
		if (!isTransaction(handle)) {
			return new NotInTransactionError(
				"pool",
				"got a Sequelize instance, whose statements are not atomic with each other: pass the transaction of sequelize.transaction()",
			);
		}
		if (isFinished(handle)) return new NotInTransactionError("closed", "the Sequelize transaction has already ended");
		return null;
	},

	async query(handle, text, values) {
		// Null: no transaction, not even one that Sequelize would find through its CLS.
		const [instance, transaction] = isTransaction(handle) ? [handle.sequelize, handle] : [handle, null];
		// SELECT: rows as they are, and only the rows.
		const rows = await instance.query(text, { bind: values, type: "SELECT", transaction } as never);
		return rows as readonly Row[];
	},
};

function isTransaction(handle: object): handle is RunningTransaction {
	return hasMethods(handle, "commit", "rollback", "afterCommit") && "sequelize" in handle;
}

function isInstance(handle: object): handle is SequelizeInstanceHandle {
	return hasMethods(handle, "query", "define", "getQueryInterface");
}

/** A savepoint ends with the transaction around it, and is not told. */
function isFinished(transaction: RunningTransaction): boolean {
	return Boolean(transaction.finished) || Boolean(transaction.parent && isFinished(transaction.parent));
}
