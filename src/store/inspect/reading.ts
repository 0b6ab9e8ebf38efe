import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import { type Database, ownsSessions } from "../database.ts";
import { setForTransaction } from "../session.ts";
import type { ReadableSchema } from "./schema.ts";

/** One consistent look at the database. */
export interface Reading {
	readonly db: Transaction<ReadableSchema>;
	/** The database's clock when the look began. Every age is measured from here. */
	readonly now: Date;
}

/**
 * Runs queries on one snapshot, read-only. With the planner's settings of the schema's own functions: it can not know how
 * few events are unread, and would rather walk over a record of ten million than trust an index. And with one process: what a
 * parallel plan wins a reader, delivery loses.
 */
export function readConsistently<T>(database: Database, look: (reading: Reading) => Promise<T>): Promise<T> {
	const db = new Kysely<ReadableSchema>({ dialect: new PostgresDialect({ pool: database }) });
	return db
		.transaction()
		.setIsolationLevel("repeatable read")
		.setAccessMode("read only")
		.execute(async (transaction) => {
			if (!ownsSessions(database)) await sql.raw(setForTransaction(null)).execute(transaction);
			const { rows } = await sql<{ now: Date }>`
				SELECT clock_timestamp() AS now, set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
				       set_config('max_parallel_workers_per_gather', '0', true)`.execute(transaction);
			const [{ now }] = rows as [{ now: Date }];
			return look({ db: transaction.withSchema("reward_outbox"), now });
		});
}
