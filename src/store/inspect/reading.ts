import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from "kysely";
import { type Database, ownsSessions } from "../database.ts";
import { isAboutContent } from "../database-error.ts";
import { setForTransaction } from "../session.ts";
import type { ReadableSchema } from "./schema.ts";

/** One consistent look at the database. */
export interface Reading {
	readonly db: Transaction<ReadableSchema>;
	/** The database's clock when the look began. Every age is measured from here. */
	readonly now: Date;
	/** Some text that is to be shown cannot be: texts of events are read by {@link shown}. */
	readonly cautious: boolean;
}

/**
 * Runs queries on one snapshot, read-only. With the planner's settings of the schema's own functions: it cannot know
 * how few events are unread, and would rather walk over a record of ten million than trust an index. And with one
 * process: what a parallel plan wins a reader, delivery loses.
 */
export async function readConsistently<T>(database: Database, look: (reading: Reading) => Promise<T>): Promise<T> {
	try {
		return await readOnce(database, look, false);
	} catch (error) {
		// One event that cannot be shown hides no other.
		if (!isAboutContent(error)) throw error;
		return readOnce(database, look, true);
	}
}

function readOnce<T>(database: Database, look: (reading: Reading) => Promise<T>, cautious: boolean): Promise<T> {
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
			return look({ db: transaction.withSchema("reward_outbox"), now, cautious });
		});
}

/** A text of an event, as it can be shown in any case: what has no character in UTF-8 appears by its bytes. */
export function shown<Value extends string | null>({ cautious }: Reading, column: string): RawBuilder<Value> {
	return cautious ? sql<Value>`reward_outbox.readable(${sql.ref(column)})` : sql<Value>`${sql.ref(column)}`;
}

/** The same for JSON, as text. */
export function shownJson<Value extends string | null>({ cautious }: Reading, column: string): RawBuilder<Value> {
	const text = sql<Value>`${sql.ref(column)}::text`;
	return cautious ? sql<Value>`reward_outbox.readable(${text}, ${"\\\\"})` : text;
}
