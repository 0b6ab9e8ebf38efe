import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";

/** The part of `Kysely`, `Transaction` and `ControlledTransaction` that is used. */
export interface KyselyHandle {
	readonly isTransaction: boolean;
	/** Of a `ControlledTransaction`. */
	readonly isCommitted?: boolean;
	/** Of a `ControlledTransaction`. */
	readonly isRolledBack?: boolean;
	executeQuery(query: KyselyCompiledQuery): Promise<{ readonly rows: readonly unknown[] }>;
}

/** What `CompiledQuery.raw` makes, built by hand because importing Kysely would make it a dependency. */
interface KyselyCompiledQuery {
	readonly sql: string;
	readonly parameters: readonly unknown[];
	readonly query: {
		readonly kind: "RawNode";
		readonly sqlFragments: readonly string[];
		readonly parameters: readonly never[];
	};
	readonly queryId: { readonly queryId: string };
}

/** Kysely transactions, whatever their plugins. */
export const kysely: Adapter<KyselyHandle> = {
	recognises: (handle): handle is KyselyHandle =>
		"isTransaction" in handle &&
		typeof handle.isTransaction === "boolean" &&
		"executeQuery" in handle &&
		typeof handle.executeQuery === "function",

	whyNotInTransaction(handle) {
		if (!handle.isTransaction) {
			return new NotInTransactionError(
				"pool",
				"got a Kysely instance, whose statements are not atomic with each other: pass the trx of db.transaction().execute()",
			);
		}
		return handle.isCommitted || handle.isRolledBack ? closed() : null;
	},

	async query(handle, text, values) {
		try {
			const { rows } = await handle.executeQuery(compiled(text, values));
			return rows as readonly Row[];
		} catch (error) {
			if (isClosedTransaction(error)) throw closed({ cause: error });
			throw error;
		}
	},
};

function compiled(text: string, values: readonly (string | null)[]): KyselyCompiledQuery {
	return {
		sql: text,
		parameters: [...values],
		query: { kind: "RawNode", sqlFragments: [text], parameters: [] },
		// Plugins keep notes by the object's identity, logs show the name.
		queryId: { queryId: "reward-outbox" },
	};
}

/** Kysely says this before anything is sent, and says it by message only. */
function isClosedTransaction(error: unknown): boolean {
	return error instanceof Error && /^Transaction is already (committed|rolled back)$/.test(error.message);
}

function closed(options?: { readonly cause: unknown }): NotInTransactionError {
	return new NotInTransactionError("closed", "the Kysely transaction has already ended", options);
}
