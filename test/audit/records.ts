import { type Anchor, ToldHeads } from "../../src/audit/anchors.ts";
import type { Verdict } from "../../src/audit/findings.ts";
import type { AuditRecord } from "../../src/audit/records.ts";
import { Verifier } from "../../src/audit/verifier.ts";
import { readRecord } from "../../src/store/audit/read-record.ts";
import { accept, claimAll, fail, insert, insertOne, SERVER_ERROR } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";

/** The record as it is exported, line by line. */
export async function exported(database: TestDatabase): Promise<string[]> {
	const lines: string[] = [];
	for await (const line of readRecord(database.pool, undefined)) lines.push(line);
	return lines;
}

export function verdictOf(lines: readonly string[], anchors: readonly Anchor[] = []): Verdict {
	const told = new ToldHeads();
	for (const anchor of anchors) told.add(anchor);
	const verifier = new Verifier(told);
	for (const line of lines) verifier.take(JSON.parse(line) as AuditRecord);
	return verifier.verdict();
}

export async function verified(database: TestDatabase, anchors: readonly Anchor[] = []): Promise<Verdict> {
	return verdictOf(await exported(database), anchors);
}

/** Chains what was recorded, as a relay does a moment later. */
export async function chainAll(database: TestDatabase): Promise<void> {
	await database.query("SELECT reward_outbox.chain_attempts(0, NULL)");
}

/** Ids of events that something happened to. */
export interface Recorded {
	/** Accepted by relay 1, in one batch of three. */
	readonly accepted: readonly string[];
	/** Failed twice, then dead, then cancelled by a person. */
	readonly dead: string;
	/** Accepted by relay 2. */
	readonly other: string;
}

/** Attempts of two relays, and decisions. */
export async function recordSome(database: TestDatabase): Promise<Recorded> {
	const accepted = await insert(
		database.pool,
		{ user: 'Ada "L" \u{1f600}', payload: '{"value": 19.90, "note": "a\\nb"}', metadata: '{"order": 1}' },
		3,
	);
	await accept(database, await claimAll(database), undefined, 1);
	await chainAll(database);
	const other = await insertOne(database.pool, { user: "Bob", idempotencyKey: "order-1", orderingKey: "k" });
	await accept(database, await claimAll(database), undefined, 2);
	await chainAll(database);
	const dead = await insertOne(database.pool, { user: "Cy" });
	const outcome = { ...SERVER_ERROR, errorMessage: 'no "Cy"\n\tthere', responseBody: "{\u0001}\u007f<b>é" };
	await fail(database, await claimAll(database), { outcome });
	await chainAll(database);
	await fail(database, await claimAll(database), { outcome, decision: { next: "dead" } });
	await chainAll(database);
	await database.query("SELECT FROM reward_outbox.cancel_events($1, 'asked for by Cy', 'Eve')", [[dead]]);
	await database.query("SELECT reward_outbox.pause_trigger('payment', 'a test', 'Eve')");
	return { accepted, dead, other };
}
