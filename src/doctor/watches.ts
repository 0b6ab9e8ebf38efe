import type { Database } from "../store/database.ts";
import { readLostChanges, readMissedChanges, readWatches } from "../store/diagnose.ts";
import { LOST_CHANGES_REMEDY, lostChanges, missedChanges, WATCH_ERRORS_REMEDY, watchRemedy } from "../words/remedy.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const NAMED = 20;

/** Whether the rules fit their tables as these are now, and whether any of them missed something. */
export async function checkWatches(db: Database): Promise<Check[]> {
	const [{ count, broken }, missed, lost] = await Promise.all([
		readWatches(db),
		readMissedChanges(db),
		readLostChanges(db),
	]);
	const checks = broken
		.slice(0, NAMED)
		.map(({ name, table, problem }) => fail("watches", `${name} on ${table} is broken: ${problem}`, watchRemedy(name)));
	if (broken.length > NAMED)
		checks.push(fail("watches", `${broken.length - NAMED} more are broken`, "reward-outbox watches list"));
	if (missed.length > 0) {
		const total = missed.reduce((sum, { errors }) => sum + errors, 0);
		const named = missed.slice(0, NAMED).map(({ watch, errors }) => `${watch} ${errors}`);
		const others = missed.length > NAMED ? ", …" : "";
		checks.push(warn("watches", `${missedChanges(total)}: ${named.join(", ")}${others}`, WATCH_ERRORS_REMEDY));
	}
	if (lost > 0) checks.push(fail("watches", lostChanges(lost), LOST_CHANGES_REMEDY));
	return checks.length > 0 ? checks : [ok("watches", `${working(count)}; nothing was missed`)];
}

/** @param rules null: how many there are is not this user's to see, which is right for a relay */
function working(rules: number | null): string {
	if (rules === null) return "none is broken";
	if (rules === 0) return "there are none";
	return rules === 1 ? "one, which works" : `${rules}, all of which work`;
}
