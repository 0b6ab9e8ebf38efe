import type { TransactionProblem } from "./adapter.ts";
import type { NotInTransactionError } from "./errors.ts";
import { hasSqlState, IN_FAILED_TRANSACTION, NO_ACTIVE_TRANSACTION } from "./sql-state.ts";

/**
 * Refused outside a transaction block, without a trace inside one. As one text it is sent as a simple query: one round
 * trip.
 */
const PROBE = "SAVEPOINT reward_outbox_probe; RELEASE SAVEPOINT reward_outbox_probe";

/** Asks the database whether a connection is inside a transaction, for clients that do not know. */
export async function probeTransaction(
	run: (text: string) => PromiseLike<unknown>,
	outside: () => NotInTransactionError,
): Promise<TransactionProblem> {
	try {
		await run(PROBE);
		return null;
	} catch (error) {
		if (hasSqlState(error, NO_ACTIVE_TRANSACTION)) return outside();
		// Inside one that has failed: the event's statement gets the same answer.
		if (hasSqlState(error, IN_FAILED_TRANSACTION)) return null;
		throw error;
	}
}
