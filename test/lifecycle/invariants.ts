import type { ScriptedReward } from "../support/scripted-reward.ts";
import type { Queryable } from "./facts.ts";

export interface InvariantReport {
	/** One sentence each, at most a few per invariant. Empty: all hold. */
	readonly violations: readonly string[];
	readonly events: number;
	readonly requests: number;
	/** Applications beyond the first of each event. */
	readonly duplicates: { readonly explained: number; readonly unexplained: number };
	readonly byStatus: Readonly<Record<string, number>>;
}

interface EventRow {
	readonly id: string;
	readonly status: string;
	readonly ordering_key: string | null;
	readonly attempts: number;
	readonly at_most_once: boolean;
	/** Attempt numbers on record, each once. */
	readonly recorded: number;
	/** Attempt numbers that were ambiguous, at one time at least. */
	readonly ambiguous: number;
	readonly accepted: number;
}

const EVENTS = `
SELECT o.id, v.status, o.ordering_key, v.attempts, coalesce(t.mode = 'at_most_once', false) AS at_most_once,
       coalesce(a.recorded, 0)::integer AS recorded, coalesce(a.ambiguous, 0)::integer AS ambiguous, coalesce(a.accepted, 0)::integer AS accepted
FROM reward_outbox.outbox o
JOIN reward_outbox.events v ON v.id = o.id
LEFT JOIN reward_outbox.triggers t ON t.trigger_id = o.trigger_id
LEFT JOIN (
  SELECT event_id, count(DISTINCT attempt) AS recorded, count(DISTINCT attempt) FILTER (WHERE outcome = 'ambiguous') AS ambiguous,
         count(*) FILTER (WHERE outcome = 'accepted') AS accepted
  FROM reward_outbox.attempts GROUP BY event_id) a ON a.event_id = o.id
ORDER BY o.seq`;

const ENDED = new Set(["delivered", "dead", "cancelled", "uncertain"]);
const MOST_PER_INVARIANT = 5;

/**
 * Compares the database's record with what the receiver saw, once everything has come to rest.
 * @param lasting ids known to be committed; with them a row that vanished is noticed too
 */
export async function checkInvariants(
	db: Queryable,
	reward: Pick<ScriptedReward, "requests" | "applications" | "applied">,
	lasting: Iterable<string> = [],
): Promise<InvariantReport> {
	const { rows } = await db.query<EventRow>(EVENTS);
	const found = new Findings();
	const known = new Map(rows.map((row) => [row.id, row]));
	const requests = countRequests(reward);
	for (const id of lasting) if (!known.has(id)) found.add("I1", `${id} was committed and is gone`);
	for (const id of requests.keys()) if (!known.has(id)) found.add("I2", `${id} was sent and is not committed`);

	const duplicates = { explained: 0, unexplained: 0 };
	for (const row of rows) {
		const applied = reward.applications.get(row.id) ?? 0;
		const sent = requests.get(row.id) ?? 0;
		const which = `${row.id} (${row.status}, ${row.attempts} attempts, ${row.recorded} recorded, ${row.ambiguous} ambiguous, ${sent} sent, ${applied} applied)`;
		if (!ENDED.has(row.status)) found.add("I1", `${which} did not end`);
		if (row.status === "delivered" && applied === 0) found.add("I1", `${which} counts as delivered`);
		if (row.status === "delivered" && row.accepted === 0)
			found.add("I9", `${which} is delivered without an acceptance`);
		if (sent > row.recorded) found.add("I3", `${which} has requests that are not on record`);
		if (row.at_most_once && applied > 1) found.add("I4", `${which} is at-most-once`);
		const extra = Math.max(0, applied - 1);
		const explained = Math.min(extra, row.ambiguous);
		duplicates.explained += explained;
		duplicates.unexplained += extra - explained;
		if (extra > explained) found.add("I3", `${which} has an unexplained duplicate`);
	}
	checkOrder(rows, reward.applied, found);
	const byStatus: Record<string, number> = {};
	for (const row of rows) byStatus[row.status] = (byStatus[row.status] ?? 0) + 1;
	return { violations: found.list(), events: rows.length, requests: reward.requests.length, duplicates, byStatus };
}

function countRequests(reward: Pick<ScriptedReward, "requests">): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { idempotencyKey } of reward.requests) counts.set(idempotencyKey, (counts.get(idempotencyKey) ?? 0) + 1);
	return counts;
}

/** Assumes what every writer of these tests keeps to: the events of one ordering key are committed one after the other. */
function checkOrder(rows: readonly EventRow[], applied: readonly string[], found: Findings): void {
	const firstApplied = new Map<string, number>();
	for (const [n, id] of applied.entries()) if (!firstApplied.has(id)) firstApplied.set(id, n);
	const latest = new Map<string, number>();
	for (const { id, ordering_key: key } of rows) {
		const at = firstApplied.get(id);
		if (key === null || at === undefined) continue;
		if (at < (latest.get(key) ?? -1)) found.add("I10", `${id} of key ${key} was applied after a later one`);
		latest.set(key, Math.max(at, latest.get(key) ?? -1));
	}
}

class Findings {
	readonly #byInvariant = new Map<string, string[]>();

	add(invariant: string, finding: string): void {
		const list = this.#byInvariant.get(invariant) ?? [];
		list.push(finding);
		this.#byInvariant.set(invariant, list);
	}

	list(): string[] {
		return [...this.#byInvariant].flatMap(([invariant, all]) => {
			const shown = all.slice(0, MOST_PER_INVARIANT).map((finding) => `${invariant}: ${finding}`);
			return all.length > shown.length ? [...shown, `${invariant}: and ${all.length - shown.length} more`] : shown;
		});
	}
}
