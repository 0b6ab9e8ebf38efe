import type { Database } from "../store/database.ts";
import { readLostChanges, readMissedChanges, readWatches } from "../store/diagnose.ts";
import { missedChanges, WATCH_ERRORS_REMEDY, watchRemedy } from "../words/remedy.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const NAMED = 20;
const LOST_REMEDY =
	"the server's log says of which rule and table; compare the table with the events; then, as the owner: SELECT setval('reward_outbox.watch_misses', 1, false)";

/** Whether the rules fit their tables as these are now, and whether any of them missed something. */
export async function checkWatches(db: Database): Promise<Check[]> {
	const [rules, missed, lost] = await Promise.all([readWatches(db), readMissedChanges(db), readLostChanges(db)]);
	const broken = (rules ?? []).filter((rule) => rule.problem !== null);
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
	if (lost > 0)
		checks.push(warn("watches", `${lost} times a change could be neither captured nor recorded`, LOST_REMEDY));
	if (rules === null) return [...checks, ok("watches", unseen(missed.length > 0))];
	if (checks.length > 0) return checks;
	if (rules.length === 0) return [ok("watches", "there are none")];
	const working = rules.length === 1 ? "one, which works" : `${rules.length}, all of which work`;
	return [ok("watches", `${working}; nothing was missed`)];
}

/** Right for a relay, which has nothing to do with rules. */
function unseen(missedSome: boolean): string {
	const may =
		"whether the rules fit their tables is not this user's to see (right for a relay; reward_outbox_auditor may)";
	return missedSome ? may : `nothing was missed; ${may}`;
}
