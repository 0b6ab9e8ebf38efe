import { isBurst, type ReceiptBurst } from "../event/reconcile.ts";
import { type RecordState, type RecordStateJson, recordStateOf } from "../event/record-state.ts";
import type { Database } from "./database.ts";

export interface Depth {
	/** Events by status, without `delivered`: counting those would read the whole record. */
	readonly byStatus: { pending: number; sending: number; dead: number; uncertain: number; cancelled: number };
	/** Seconds the oldest due event has waited; 0: nothing is due. */
	readonly oldestDueAgeSeconds: number;
	readonly pausedTriggers: number;
	/** Relays seen in the last 30 seconds. */
	readonly relaysAlive: number;
	/** Leases that expired and were not reaped yet. */
	readonly expiredLeases: number;
	/** How full the server's queue of notifications is, whoever filled it; 0 to 1. */
	readonly notificationQueueUsage: number;
	/** Row changes that watches could not capture, counted up to 100 000. */
	readonly unresolvedWatchErrors: number;
	/** Rules that do not work as they stand. */
	readonly brokenWatches: number;
	/** How often a watch could neither capture a change nor record that. */
	readonly lostChanges: number;
	/** Triggers of which too many receipts came that no request explains. */
	readonly receiptBursts: readonly ReceiptBurst[];
	/** How the record is kept. */
	readonly record: RecordState;
}

/**
 * After ANALYZE the planner believes that a third of a large outbox is unread, and would read all of it. Sent together
 * with the statement, in one round trip and one transaction, after which it no longer holds.
 */
const SETTINGS = "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

const DEPTH = `
SELECT status, sum(events)::float8 AS events,
       greatest(0, date_part('epoch', clock_timestamp() - min(oldest_due_at)))::float8 AS oldest,
       (SELECT count(*)::integer FROM reward_outbox.triggers WHERE paused_at IS NOT NULL) AS paused,
       (SELECT count(*)::integer FROM reward_outbox.relays WHERE stopped_at IS NULL AND seen_at > clock_timestamp() - interval '30 seconds') AS relays,
       (SELECT count(*)::integer FROM reward_outbox.claims WHERE expires_at < clock_timestamp()) AS expired,
       pg_notification_queue_usage() AS queue,
       (SELECT count(*)::integer FROM (SELECT FROM reward_outbox.watch_errors WHERE resolved_at IS NULL LIMIT 100000) e) AS missed,
       (SELECT count(*)::integer FROM reward_outbox.broken_watches()) AS broken,
       (SELECT CASE WHEN is_called THEN last_value ELSE 0 END::float8 FROM reward_outbox.watch_misses) AS lost,
       (SELECT json_agg(json_build_object('trigger_id', u.trigger_id, 'measured', u.explained, 'unexplained', u.unexplained,
                                          'since', date_part('epoch', u.since) * 1000) ORDER BY u.trigger_id)
        FROM reward_outbox.unexplained_receipts u
        WHERE u.measured_at > clock_timestamp() - interval '10 minutes') AS unexplained,
       (SELECT json_build_object('chained', c.enabled, 'problems', c.problems,
                                 'anchored_at', date_part('epoch', c.anchored_at) * 1000,
                                 'verified_at', date_part('epoch', c.verified_at) * 1000)
        FROM reward_outbox.chain_settings c) AS record
FROM reward_outbox.depth GROUP BY status`;

interface DepthRow {
	readonly status: keyof Depth["byStatus"] | "delivered";
	readonly events: number;
	readonly oldest: number | null;
	readonly paused: number;
	readonly relays: number;
	readonly expired: number;
	readonly queue: number;
	readonly missed: number;
	readonly broken: number;
	readonly lost: number;
	readonly unexplained: readonly (Omit<ReceiptBurst, "since"> & { readonly since: number })[] | null;
	readonly record: RecordStateJson;
}

const NEVER: RecordStateJson = { chained: true, anchored_at: null, verified_at: null, problems: null };

/** How many events are where, without touching what was delivered. */
export async function readDepth(db: Database): Promise<Depth> {
	// Several statements have several results, which the driver's types do not know.
	const results = (await db.query(`${SETTINGS};${DEPTH}`)) as unknown as readonly { rows: DepthRow[] }[];
	const rows = results[1]?.rows ?? [];
	const byStatus = { pending: 0, sending: 0, dead: 0, uncertain: 0, cancelled: 0 };
	let oldestDueAgeSeconds = 0;
	for (const row of rows) {
		if (row.status !== "delivered") byStatus[row.status] = row.events;
		oldestDueAgeSeconds = Math.max(oldestDueAgeSeconds, row.oldest ?? 0);
	}
	const { paused = 0, relays = 0, expired = 0, queue = 0, missed = 0, broken = 0, lost = 0 } = rows[0] ?? {};
	return {
		byStatus,
		oldestDueAgeSeconds,
		pausedTriggers: paused,
		relaysAlive: relays,
		expiredLeases: expired,
		notificationQueueUsage: queue,
		unresolvedWatchErrors: missed,
		brokenWatches: broken,
		lostChanges: lost,
		receiptBursts: (rows[0]?.unexplained ?? [])
			.filter(isBurst)
			.map((burst) => ({ ...burst, since: new Date(burst.since) })),
		record: recordStateOf(rows[0]?.record ?? NEVER),
	};
}
