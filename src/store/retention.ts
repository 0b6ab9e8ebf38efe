import { RETAINED, type Retained } from "../event/retained.ts";
import type { Database } from "./database.ts";

/** How long, in seconds, from when it was written; null: for ever. */
export type RetentionPolicy = Readonly<Record<Retained, number | null>>;

const POLICY = `
SELECT ${RETAINED.map((name) => `date_part('epoch', r.${name})::float8 AS ${name}`).join(", ")}
FROM reward_outbox.retention r`;
const CHOSEN = `
SELECT num_nonnulls(${RETAINED.map((name) => `r.${name}`).join(", ")}) > 0 AS chosen
FROM reward_outbox.retention r`;

export async function readRetention(db: Database): Promise<RetentionPolicy> {
	return (await db.query<RetentionPolicy>(POLICY)).rows[0] as RetentionPolicy;
}

/** Whether anything ever goes. */
export async function isRetentionSet(db: Database): Promise<boolean> {
	return (await db.query<{ chosen: boolean }>(CHOSEN)).rows[0]?.chosen ?? false;
}

/** @param changes in seconds; null: for ever; what is left out stays */
export async function setRetention(
	db: Database,
	changes: Partial<RetentionPolicy>,
	actor: string | null,
): Promise<void> {
	const spans = Object.entries(changes).map(([name, seconds]) => [
		name,
		seconds === null ? null : `${seconds} seconds`,
	]);
	await db.query("SELECT reward_outbox.set_retention($1, $2)", [JSON.stringify(Object.fromEntries(spans)), actor]);
}

export interface RetainedBatch {
	/** Events and receipts. */
	readonly deleted: number;
	/** Events and attempts of which a part went. */
	readonly stripped: number;
	/** There is more to do at once. */
	readonly more: boolean;
}

/** Removes one batch of what is kept no longer. */
export async function retain(db: Database, limit: number): Promise<RetainedBatch> {
	const statement = "SELECT r.deleted, r.stripped, r.more FROM reward_outbox.retain($1) r";
	return (await db.query<RetainedBatch>(statement, [limit])).rows[0] as RetainedBatch;
}
