import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";
import { probeTransaction } from "../transaction-probe.ts";

/** The part of pg's `Client`, `PoolClient` and `Pool` that is used. */
export interface PgHandle {
	query(text: string, values?: (string | null)[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** A client. `getTransactionStatus` came with pg 8.17: without it the database is asked, in a round trip of its own. */
interface PgClient extends PgHandle {
	escapeIdentifier(text: string): string;
	getTransactionStatus?(): "I" | "T" | "E" | null;
}

/** A pool has no connection of its own. */
interface PgPool extends PgHandle {
	readonly totalCount: number;
	connect(): Promise<unknown>;
}

/** node-postgres, JavaScript or native, and what is built to be like it. The BEGIN has to be awaited before. */
export const pg: Adapter<PgHandle> = {
	recognises: (handle): handle is PgHandle => isClient(handle) || isPool(handle),

	whyNotInTransaction(handle) {
		if (!isClient(handle)) {
			return new NotInTransactionError(
				"pool",
				"got a pg.Pool, whose statements are not atomic with each other: pass the client that did BEGIN",
			);
		}
		if (!handle.getTransactionStatus) return probeTransaction((text) => send(handle, text), outside);
		// After a failed statement pg knows the status too late, so an aborted transaction is left to the database's own
		// answer.
		return ["T", "E"].includes(handle.getTransactionStatus() ?? "") ? null : outside();
	},

	async query(handle, text, values) {
		const { rows } = await send(handle, text, [...values]);
		return rows as readonly Row[];
	},
};

async function send(handle: PgHandle, text: string, values?: (string | null)[]): Promise<{ rows: readonly unknown[] }> {
	try {
		return await handle.query(text, values);
	} catch (error) {
		if (!isClosedClient(error)) throw error;
		throw new NotInTransactionError("closed", "the pg client's connection has ended", { cause: error });
	}
}

function isClient(handle: object): handle is PgClient {
	return hasMethods(handle, "query", "escapeIdentifier");
}

function isPool(handle: object): handle is PgPool {
	return hasMethods(handle, "query", "connect") && "totalCount" in handle && typeof handle.totalCount === "number";
}

function outside(): NotInTransactionError {
	return new NotInTransactionError(
		"no_transaction",
		"the pg client is not inside a transaction: await BEGIN first, and emit before COMMIT",
	);
}

/** pg says this before anything is sent, and says it by message only. */
function isClosedClient(error: unknown): boolean {
	return error instanceof Error && /^Client .* is not queryable$/.test(error.message);
}
