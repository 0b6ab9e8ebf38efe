import type { Database } from "../store/database.ts";
import { readDepth } from "../store/depth.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** Whether the record is kept so that a change of it is found, and what was found last. */
export async function checkRecord(db: Database): Promise<Check[]> {
	const { chained, problems, verified_at: verified, anchored_at: anchored } = (await readDepth(db)).record;
	if (problems !== null && problems > 0) {
		const what = problems === 1 ? "one thing" : `${problems} things`;
		return [
			fail(
				"record",
				`audit verify found ${what} wrong at ${verified?.toISOString()}: what is on record was changed past the relays`,
				"reward-outbox audit verify says what and where; docs/runbook.md, record_broken",
			),
		];
	}
	if (!chained)
		return [warn("record", "what is recorded is in no chain: changes of it are not found", "reward-outbox audit on")];
	const told = anchored === null ? "never told outside" : `last told outside at ${anchored.toISOString()}`;
	const looked = verified === null ? "verified by nobody yet" : `verified at ${verified.toISOString()}`;
	return [ok("record", `chained, ${told}, ${looked}`)];
}
