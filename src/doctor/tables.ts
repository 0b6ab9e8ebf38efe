import type { Database } from "../store/database.ts";
import { readIndexFaults, readNotifyFaults, readVacuumFaults } from "../store/diagnose-tables.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** Whether every index of the migrations is there and used. */
export async function checkIndexes(db: Database): Promise<Check[]> {
	const faults = await readIndexFaults(db);
	if (faults.length === 0) return [ok("indexes", "all are there and valid")];
	return faults.map(({ name, fault, mend }) =>
		fail(
			"indexes",
			`${name} is ${fault}: claims, searches or promises that rest on it are slow or void`,
			`as the owner: ${mend}`,
		),
	);
}

/** Whether VACUUM keeps up, and may. */
export async function checkVacuum(db: Database): Promise<Check[]> {
	const faults = await readVacuumFaults(db);
	if (faults.length === 0) return [ok("vacuum", "autovacuum is on and keeps up with our tables")];
	return faults.map(({ table, isOff, deadRows, liveRows, lastAutovacuum }) => {
		if (isOff)
			return warn(
				"vacuum",
				`autovacuum is off for reward_outbox.${table}: claims and searches become slower and slower`,
				`as the owner: ALTER TABLE reward_outbox.${table} RESET (autovacuum_enabled); and autovacuum = on, track_counts = on for the server`,
			);
		const last = lastAutovacuum === null ? "never" : lastAutovacuum.toISOString();
		return warn(
			"vacuum",
			`reward_outbox.${table} has ${deadRows} dead rows beside ${liveRows} living ones (last autovacuum: ${last})`,
			`VACUUM reward_outbox.${table}; if they stay, see the check named transactions`,
		);
	});
}

/** From here on relays do not ask to be notified any more. */
const QUEUE_HALF_FULL = 0.5;

/** Whether writers notify at all. Without it relays find events by polling. */
export async function checkNotifying(db: Database): Promise<Check[]> {
	const { disabledTriggers, isNotifyOff, queueUsage } = await readNotifyFaults(db);
	const checks = disabledTriggers.map((trigger) =>
		warn(
			"notify",
			`the trigger ${trigger} of reward_outbox.outbox is disabled: relays find new events by polling only`,
			`as the owner: ALTER TABLE reward_outbox.outbox ENABLE TRIGGER ${trigger}`,
		),
	);
	if (isNotifyOff)
		checks.push(
			warn(
				"notify",
				"reward_outbox.notify is off here: relays find events of such writers by polling only",
				"right where PREPARE TRANSACTION is used; otherwise ALTER DATABASE … or ALTER ROLE … RESET reward_outbox.notify",
			),
		);
	if (queueUsage >= QUEUE_HALF_FULL) {
		const percent = Math.round(queueUsage * 100);
		checks.push(
			warn(
				"notify",
				`the server's queue of notifications is ${percent} % full: relays find new events by polling; when it is full, every COMMIT that notifies fails, but none because of this outbox`,
				"end the session that listens and does not read, as a long transaction does that has said LISTEN before: the server's log names it (The server process with PID … is among those with the oldest transactions)",
			),
		);
	}
	return checks.length > 0 ? checks : [ok("notify", "writers notify a relay that asks for it")];
}
