import type { ScriptedRequest } from "../support/scripted-reward.ts";
import type { Queryable } from "./facts.ts";

/** What went wrong with an event, in one word. */
export const WORDS = ["lost", "stuck", "phantom", "unexplained", "out of order"] as const;
export type Word = (typeof WORDS)[number];

export interface Finding {
	readonly invariant: "I1" | "I2" | "I3" | "I4" | "I9" | "I10";
	readonly word: Word;
	readonly eventId: string;
	readonly text: string;
}

export interface InvariantReport {
	/** One sentence each, at most a few per invariant. Empty: all hold. */
	readonly violations: readonly string[];
	/** All of them. */
	readonly findings: readonly Finding[];
	readonly events: number;
	readonly requests: number;
	/** Applications beyond the first of each event. */
	readonly duplicates: { readonly explained: number; readonly unexplained: number };
	/** Events with explained duplicates, once for each. */
	readonly duplicated: readonly string[];
	readonly byStatus: Readonly<Record<string, number>>;
}

export type SeenRequest = Pick<ScriptedRequest, "idempotencyKey" | "triggerId" | "userId" | "path"> & {
	/** Empty: not all of it came. */
	readonly body: Buffer | string;
};

/** What the receiver saw. */
export interface Seen {
	/** Gone through once. */
	readonly requests: Iterable<SeenRequest> | AsyncIterable<SeenRequest>;
	readonly applications: ReadonlyMap<string, number>;
	readonly applied: readonly string[];
}

export interface InvariantOptions {
	/** Ids known to be committed; with them a row that vanished is noticed too. */
	readonly lasting?: Iterable<string>;
	/** Of them, those that PostgreSQL itself lost: a failover to a standby that did not have them. */
	readonly gone?: ReadonlySet<string>;
	/** Events listed as sent and no longer there. */
	readonly missing?: ReadonlySet<string>;
	/** These events alone. Default: all. */
	readonly only?: readonly string[];
	/**
	 * Events may still be pending: the run was stopped on purpose. Nothing may be `sending` in any case. Default false.
	 */
	readonly unfinished?: boolean;
	/** The events of an ordering key were committed one after the other, in the order of insertion. Default true. */
	readonly committedInOrder?: boolean;
}

interface EventRow {
	readonly id: string;
	readonly seq: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly body: string;
	readonly status: string;
	readonly ordering_key: string | null;
	readonly attempts: number;
	readonly at_most_once: boolean;
	/** Attempt numbers on record, each once. */
	readonly recorded: number;
	/** Attempt numbers that were ambiguous, at one time at least. */
	readonly ambiguous: number;
	readonly accepted: number;
	/** A person said what became of it. */
	readonly resolved: boolean;
}

const EVENTS = `
SELECT o.id, o.seq, o.trigger_id, o.user_id, o.payload::text AS body, v.status, o.ordering_key, v.attempts,
       coalesce(t.mode = 'at_most_once', false) AS at_most_once,
       EXISTS (SELECT FROM reward_outbox.operations p WHERE p.event_id = o.id AND p.action = 'resolve') AS resolved,
       a.recorded, a.ambiguous, a.accepted
FROM (
  SELECT * FROM reward_outbox.outbox WHERE ($1::uuid[] IS NULL OR id = ANY($1)) AND seq > $2 ORDER BY seq LIMIT $3) o
JOIN reward_outbox.events v ON v.id = o.id
LEFT JOIN reward_outbox.triggers t ON t.trigger_id = o.trigger_id
CROSS JOIN LATERAL (
  SELECT count(DISTINCT attempt)::integer AS recorded,
         count(DISTINCT attempt) FILTER (WHERE outcome = 'ambiguous')::integer AS ambiguous,
         count(*) FILTER (WHERE outcome = 'accepted')::integer AS accepted
  FROM reward_outbox.attempts WHERE event_id = o.id) a
ORDER BY o.seq`;
const PAGE = 10_000;

const ENDED = new Set(["delivered", "dead", "cancelled", "uncertain"]);
const MOST_PER_INVARIANT = 5;

/**
 * Compares the database's record with what the receiver saw, once everything has come to rest: what must hold after
 * every campaign, whatever was done to the relays.
 */
export async function checkInvariants(
	db: Queryable,
	seen: Seen,
	{
		lasting = [],
		gone = new Set(),
		missing = new Set(),
		only,
		unfinished = false,
		committedInOrder = true,
	}: InvariantOptions = {},
): Promise<InvariantReport> {
	const rows = await readEvents(db, only ?? null);
	const found = new Findings();
	const known = new Map(rows.map((row) => [row.id, row]));
	for (const id of lasting)
		if (!known.has(id) && !gone.has(id)) found.add("I1", "lost", id, `${id} was committed and is gone`);
	const requests = await checkRequests(known, seen.requests, missing, found);
	const duplicated: string[] = [];
	let unexplained = 0;
	for (const row of rows) {
		const applied = seen.applications.get(row.id) ?? 0;
		checkEvent(row, applied, requests.get(row.id) ?? 0, unfinished, found);
		const extra = Math.max(0, applied - 1);
		const explained = Math.min(extra, row.ambiguous);
		for (let n = 0; n < explained; n++) duplicated.push(row.id);
		unexplained += extra - explained;
	}
	if (committedInOrder) checkOrder(rows, seen.applied, found);
	const byStatus: Record<string, number> = {};
	for (const row of rows) byStatus[row.status] = (byStatus[row.status] ?? 0) + 1;
	return {
		violations: found.list(),
		findings: found.all,
		events: rows.length,
		requests: [...requests.values()].reduce((sum, count) => sum + count, 0),
		duplicates: { explained: duplicated.length, unexplained },
		duplicated,
		byStatus,
	};
}

/** In the order in which they were written. Page by page: there may be a million. */
async function readEvents(db: Queryable, only: readonly string[] | null): Promise<EventRow[]> {
	const all: EventRow[] = [];
	for (;;) {
		const { rows } = await db.query<EventRow>(EVENTS, [only, all.at(-1)?.seq ?? 0, PAGE]);
		for (const row of rows) all.push(row);
		if (rows.length < PAGE) return all;
	}
}

function checkEvent(row: EventRow, applied: number, sent: number, unfinished: boolean, found: Findings): void {
	const which = `${row.id} (${row.status}, ${row.attempts} attempts, ${row.recorded} recorded, ${row.ambiguous} ambiguous, ${sent} sent, ${applied} applied)`;
	const add = (invariant: Finding["invariant"], word: Word, what: string) =>
		found.add(invariant, word, row.id, `${which} ${what}`);
	if (!ENDED.has(row.status) && !(unfinished && row.status === "pending")) add("I1", "stuck", "did not end");
	if (row.status === "delivered" && !row.resolved && applied === 0) add("I1", "lost", "counts as delivered");
	if (row.status === "delivered" && !row.resolved && row.accepted === 0)
		add("I9", "lost", "is delivered without an acceptance");
	if (row.accepted > 0 && applied === 0) add("I9", "lost", "has an acceptance of what was never applied");
	if (sent > row.recorded) add("I3", "unexplained", "has requests that are not on record");
	if (applied - 1 > row.ambiguous) add("I3", "unexplained", "has an unexplained duplicate");
	if (row.at_most_once && applied > 1) add("I4", "unexplained", "is at-most-once");
}

/** Each request is of a committed event, and says what that event says. Returns how many there were of each. */
async function checkRequests(
	known: ReadonlyMap<string, EventRow>,
	requests: Seen["requests"],
	missing: ReadonlySet<string>,
	found: Findings,
): Promise<Map<string, number>> {
	const counts = new Map<string, number>();
	for await (const { idempotencyKey: id, triggerId, userId, body, path } of requests) {
		counts.set(id, (counts.get(id) ?? 0) + 1);
		const row = known.get(id);
		if (row === undefined) {
			if (!missing.has(id)) found.add("I2", "phantom", id, `${id} was sent and is not committed`);
			continue;
		}
		const complete = body.length > 0;
		if (triggerId !== row.trigger_id || userId !== row.user_id || (complete && body.toString() !== row.body)) {
			const said = `${path} ${body.toString().slice(0, 200)}`;
			found.add("I2", "phantom", id, `the request for ${id} is not what was written: ${said}`);
		}
	}
	return counts;
}

/**
 * Assumes what every writer of these tests keeps to: the events of one ordering key are committed one after the other.
 */
function checkOrder(rows: readonly EventRow[], applied: readonly string[], found: Findings): void {
	const firstApplied = new Map<string, number>();
	for (const [n, id] of applied.entries()) if (!firstApplied.has(id)) firstApplied.set(id, n);
	const latest = new Map<string, number>();
	for (const { id, ordering_key: key } of rows) {
		const at = firstApplied.get(id);
		if (key === null || at === undefined) continue;
		if (at < (latest.get(key) ?? -1))
			found.add("I10", "out of order", id, `${id} of key ${key} was applied after a later one`);
		latest.set(key, Math.max(at, latest.get(key) ?? -1));
	}
}

class Findings {
	readonly all: Finding[] = [];

	add(invariant: Finding["invariant"], word: Word, eventId: string, text: string): void {
		this.all.push({ invariant, word, eventId, text });
	}

	list(): string[] {
		return [...Map.groupBy(this.all, ({ invariant }) => invariant)].flatMap(([invariant, all]) => {
			const shown = all.slice(0, MOST_PER_INVARIANT).map(({ text }) => `${invariant}: ${text}`);
			return all.length > shown.length ? [...shown, `${invariant}: and ${all.length - shown.length} more`] : shown;
		});
	}
}
