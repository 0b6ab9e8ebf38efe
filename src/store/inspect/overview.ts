import { sql } from "kysely";
import type { PausedGroup } from "../../event/attention-entry.ts";
import type { Facts, RelayFacts, TriggerFacts } from "../../event/facts.ts";
import type { ReceiptBurst } from "../../event/reconcile.ts";
import type { RecordState } from "../../event/record-state.ts";
import type { Stake } from "../../event/stake.ts";
import type { Database } from "../database.ts";
import { type Depth, readDepth } from "../depth.ts";
import { readStake } from "../read-stake.ts";
import { type AttemptRates, attemptRates } from "./attempt-rates.ts";
import { type BrokenWatch, brokenWatches } from "./broken-watches.ts";
import { pausedGroups, pausedTriggers } from "./paused-triggers.ts";
import { type Reading, readConsistently } from "./reading.ts";
import { lastRelay, relaysAlive } from "./relays-alive.ts";

/** How the outbox is doing, as `status --json` prints it. */
export interface Overview {
	/** The database's clock. */
	readonly now: Date;
	readonly events: Depth["byStatus"] & {
		/** Null: unknown until the table is analysed. */
		readonly delivered: number | null;
		/** Counting millions takes too long for a glance: then PostgreSQL's estimate stands in. */
		readonly delivered_is_estimate: boolean;
	};
	/** Seconds the oldest due event has waited; 0: nothing is due. */
	readonly oldest_due_age_seconds: number;
	readonly attempts: AttemptRates;
	readonly relays: readonly RelayFacts[];
	/** The relay seen last, when none is alive. */
	readonly last_relay: Facts["last_relay"];
	/** At most 30 of each cause. */
	readonly paused_triggers: readonly TriggerFacts[];
	/** All of them, by cause. */
	readonly paused_groups: readonly PausedGroup[];
	/** Leases that expired and were not reaped yet. */
	readonly expired_leases: number;
	/** Rules that do not work as they stand, such as after a column was renamed or the table was replaced. */
	readonly broken_watches: readonly BrokenWatch[];
	/** Row changes that watches could not turn into events, counted up to 100 000. */
	readonly unresolved_watch_errors: number;
	/** What events that are not simply delivered are worth; null: it cannot be told now. */
	readonly stake: Stake | null;
	/** How often a watch could neither capture a change nor record that. */
	readonly lost_changes: number;
	/** Triggers of which too many receipts came that no request explains. */
	readonly receipt_bursts: readonly ReceiptBurst[];
	/** How the record of attempts and decisions is kept. */
	readonly record: RecordState;
}

/** Tables up to this size are counted. */
const COUNTED_BYTES = 64 * 1024 * 1024;

export async function readOverview(database: Database): Promise<Overview> {
	const depth = await readDepth(database);
	const stake = await readStake(database);
	return readConsistently(database, async (reading) => {
		const relays = await relaysAlive(reading);
		const undelivered = Object.values(depth.byStatus).reduce((sum, count) => sum + count, 0);
		const delivered = await deliveredTotal(reading, undelivered);
		return {
			now: reading.now,
			events: {
				...depth.byStatus,
				delivered: delivered.count,
				delivered_is_estimate: delivered.isEstimate,
			},
			oldest_due_age_seconds: depth.oldestDueAgeSeconds,
			attempts: await attemptRates(reading),
			relays,
			last_relay: relays.length === 0 ? await lastRelay(reading) : null,
			paused_triggers: await pausedTriggers(reading),
			paused_groups: await pausedGroups(reading),
			expired_leases: await expiredLeases(reading),
			broken_watches: await brokenWatches(reading),
			unresolved_watch_errors: depth.unresolvedWatchErrors,
			stake,
			lost_changes: depth.lostChanges,
			receipt_bursts: depth.receiptBursts,
			record: depth.record,
		};
	});
}

/**
 * Delivered events: counted while that is cheap, else as what is left of PostgreSQL's own estimate. An accepted attempt
 * is what counts.
 */
async function deliveredTotal(
	{ db }: Reading,
	undelivered: number,
): Promise<{ count: number | null; isEstimate: boolean }> {
	const { rows } = await sql<{ bytes: number; estimate: number | null }>`
		SELECT pg_relation_size(c.oid)::float8 AS bytes,
		       CASE WHEN c.reltuples >= 0 AND c.relpages > 0
		            THEN c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::bigint) END AS estimate
		FROM pg_catalog.pg_class c WHERE c.oid = 'reward_outbox.outbox'::regclass`.execute(db);
	const [size] = rows as [(typeof rows)[0]];
	if (size.bytes > COUNTED_BYTES) {
		return {
			count: size.estimate === null ? null : Math.max(0, Math.round(size.estimate) - undelivered),
			isEstimate: true,
		};
	}
	const counted = await sql<{ count: number }>`
		SELECT (SELECT count(*) FROM reward_outbox.outbox o
		        WHERE EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = o.id AND a.outcome = 'accepted')
		          AND NOT EXISTS (SELECT FROM reward_outbox.event_states s WHERE s.event_id = o.id))::float8
		     + (SELECT count(*) FROM reward_outbox.event_states d WHERE d.status = 'delivered')::float8 AS count`.execute(
		db,
	);
	return { count: counted.rows[0]?.count ?? 0, isEstimate: false };
}

async function expiredLeases({ db, now }: Reading): Promise<number> {
	const { count } = await db
		.selectFrom("claims as c")
		.select(sql<number>`count(*)::float8`.as("count"))
		.where("c.expires_at", "<", now)
		.executeTakeFirstOrThrow();
	return count;
}
