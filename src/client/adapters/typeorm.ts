import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of `EntityManager`, `QueryRunner` and `DataSource` that is used. */
export interface TypeOrmHandle {
	query(query: string, parameters?: (string | null)[]): Promise<unknown>;
	/** Of an `EntityManager` with a connection of its own. */
	readonly queryRunner?: TypeOrmRunner | undefined;
}

interface TypeOrmRunner {
	readonly isReleased: boolean;
	readonly isTransactionActive: boolean;
}

/** TypeORM: a `QueryRunner` in a transaction, or the `EntityManager` that `transaction()` hands out. */
export const typeOrm: Adapter<TypeOrmHandle> = {
	recognises: (handle): handle is TypeOrmHandle => isRunner(handle) || isManager(handle),

	whyNotInTransaction(handle) {
		const runner = isRunner(handle) ? handle : handle.queryRunner;
		if (!runner) {
			return new NotInTransactionError(
				"pool",
				"got a TypeORM DataSource or its manager, whose statements are not atomic with each other: " +
					"pass the manager that dataSource.transaction() hands out, or a QueryRunner in a transaction",
			);
		}
		if (runner.isReleased) return new NotInTransactionError("closed", "the TypeORM QueryRunner has been released");
		if (!runner.isTransactionActive) {
			return new NotInTransactionError(
				"no_transaction",
				"the TypeORM QueryRunner is not inside a transaction: await startTransaction() first, and emit before the commit",
			);
		}
		return null;
	},

	async query(handle, text, values) {
		return (await handle.query(text, [...values])) as readonly Row[];
	},
};

function isRunner(handle: object): handle is TypeOrmHandle & TypeOrmRunner {
	return hasMethods(handle, "query", "startTransaction") && "isTransactionActive" in handle;
}

/** A `DataSource` has these too, and never a `queryRunner`. */
function isManager(handle: object): boolean {
	return hasMethods(handle, "query", "transaction", "getRepository", "getTreeRepository");
}
