import type { Condition } from "../../event/attention-entry.ts";
import type { Database } from "../database.ts";
import { readDepth } from "../depth.ts";
import { readStake } from "../read-stake.ts";
import { brokenWatches } from "./broken-watches.ts";
import { pausedGroups, pausedTriggers } from "./paused-triggers.ts";
import { readConsistently } from "./reading.ts";
import { lastRelay, relaysAlive } from "./relays-alive.ts";

/** What can need a person, with a relay's privileges. */
export async function readCondition(database: Database): Promise<Condition> {
	const depth = await readDepth(database);
	const stake = await readStake(database);
	return readConsistently(database, async (reading) => {
		const relays = await relaysAlive(reading);
		return {
			now: reading.now,
			events: depth.byStatus,
			oldest_due_age_seconds: depth.oldestDueAgeSeconds,
			relays,
			last_relay: relays.length === 0 ? await lastRelay(reading) : null,
			paused_triggers: await pausedTriggers(reading),
			paused_groups: await pausedGroups(reading),
			expired_leases: depth.expiredLeases,
			broken_watches: await brokenWatches(reading),
			unresolved_watch_errors: depth.unresolvedWatchErrors,
			stake,
			lost_changes: depth.lostChanges,
			receipt_bursts: depth.receiptBursts,
			record: depth.record,
		};
	});
}
