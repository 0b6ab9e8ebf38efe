import type { Adapter, Row } from "../adapter.ts";
import { NotInTransactionError } from "../errors.ts";
import { hasMethods } from "../has-methods.ts";

/** The part of `PrismaClient` and `Prisma.TransactionClient` that is used, generated and extended ones alike. */
export interface PrismaHandle {
	$queryRawUnsafe(query: string, ...values: (string | null)[]): PromiseLike<unknown>;
}

/** Prisma's code for "the interactive transaction is not there (any more)". */
const TRANSACTION_CLOSED = "P2028";

/** Prisma's interactive transactions, nested ones included, on PostgreSQL. */
export const prisma: Adapter<PrismaHandle> = {
	recognises: (handle): handle is PrismaHandle => hasMethods(handle, "$queryRawUnsafe", "$executeRawUnsafe"),

	whyNotInTransaction(handle) {
		// An interactive transaction has no $disconnect: in every version, Prisma hides it there.
		if (!hasMethods(handle, "$disconnect")) return null;
		return new NotInTransactionError(
			"pool",
			"got a PrismaClient, whose statements are not atomic with each other: pass the tx of prisma.$transaction(async (tx) => …)",
		);
	},

	async query(handle, text, values) {
		try {
			return (await handle.$queryRawUnsafe(text, ...values)) as readonly Row[];
		} catch (error) {
			if ((error as { readonly code?: unknown } | null)?.code === TRANSACTION_CLOSED) {
				throw new NotInTransactionError("closed", "the Prisma transaction has already ended", { cause: error });
			}
			throw error;
		}
	},
};
