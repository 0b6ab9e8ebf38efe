import type { Logger } from "../log.ts";
import { Retainer } from "../retention/retainer.ts";
import { takeAlertTurn } from "../store/alerts.ts";
import type { Database } from "../store/database.ts";
import { isRetentionSet, retain } from "../store/retention.ts";
import { systemClock } from "../timing/system-clock.ts";

/**
 * What carries out the retention policy.
 * @param db a connection of its own
 * @param inspection where it is asked whether there is a policy at all
 */
export function createRetainer(db: Database, inspection: Database, log: Logger): Retainer {
	return new Retainer({
		isAsked: () => isRetentionSet(inspection),
		takeTurn: (everyMs) => takeAlertTurn(db, "retain", everyMs),
		retain: (limit) => retain(db, limit),
		clock: systemClock,
		random: Math.random,
		log,
	});
}
