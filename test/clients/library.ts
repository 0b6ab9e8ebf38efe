import type { NoTransactionReason, TransactionHandle } from "../../src/index.ts";

/** One database library, behind what the contract asks of each. */
export interface Library {
	/** In a transaction of its own: committed when `work` resolves, rolled back when it rejects. */
	transaction<Result>(work: (tx: LibraryTransaction) => Promise<Result>): Promise<Result>;
	/** Handles that are no open transaction, by what they are. */
	readonly refused: Readonly<
		Record<string, { readonly handle: TransactionHandle; readonly reason: NoTransactionReason }>
	>;
	/** Where this library keeps PostgreSQL's SQLSTATE in the errors of `emit`. */
	sqlState(error: unknown): unknown;
	close(): Promise<unknown>;
}

export interface LibraryTransaction {
	/** What the application would pass to `emit`. */
	readonly handle: TransactionHandle;
	/** A business row, written the way one does with this library. */
	insertOrder(id: number): PromiseLike<unknown>;
	/** Raw SQL in the transaction. */
	run(sql: string): PromiseLike<unknown>;
	/** A nested transaction, which is a savepoint. */
	nested<Result>(work: (tx: LibraryTransaction) => Promise<Result>): Promise<Result>;
}

export interface LibraryTraits {
	readonly name: string;
	/** What a transaction handle that is used after its end is refused with; `unknown` where nobody can tell. */
	readonly afterTheEnd: NoTransactionReason | "unknown";
	open(url: string): Promise<Library> | Library;
}
