import pRetry from "p-retry";
import { decideDatabase, type Identity, type Verdict } from "../event/which-database.ts";
import type { Database } from "./database.ts";
import { isLockTimeout } from "./database-error.ts";
import { readDatabaseFacts } from "./identity.ts";

/** An event that a person should know of before adopting. */
interface DoubtfulEvent {
	readonly eventId: string;
	readonly triggerId: string;
	readonly userId: string;
	/** 1 for the first. */
	readonly attempt: number;
	/** `under_way`: it was being sent. `ambiguous`: an attempt may have been applied. `accepted`: Reward took it. */
	readonly why: "under_way" | "ambiguous" | "accepted";
	readonly sentAt: Date;
}

/** The first of them, and how many there are. */
export interface Listed {
	readonly count: number;
	readonly events: readonly DoubtfulEvent[];
}

/** Which database the events were being sent from, which one this is, and what adopting it would do. */
export interface Adoption {
	readonly recorded: Identity;
	readonly found: Identity;
	readonly verdict: Verdict;
	/** When the recorded identity was taken as right, and by whom. */
	readonly adoptedAt: Date;
	readonly adoptedBy: string;
	/** Events that adopting would leave to be sent, or cancel. */
	readonly pending: number;
	/** Of them, those that were under way when the copy was taken: they may have been delivered. */
	readonly underWay: number;
	/** What would be sent and may have been applied before, as far as it is on record here. */
	readonly mayBeSentTwice: Listed;
	/** What was sent and no longer exists, as far as relays remembered it. */
	readonly missing: Listed;
	/** Relays that were sending and have not looked at this database yet: what only they know is in neither list. */
	readonly unheard: readonly string[];
}

/** Events of a list that are named; the rest is counted. */
const MOST_LISTED = 1_000;

const PLAN = `
SELECT i.adopted_at AS "adoptedAt", i.adopted_by AS "adoptedBy", d.pending::float8 AS pending, d.sending::float8 AS "underWay"
FROM reward_outbox.installation i,
     (SELECT coalesce(sum(events) FILTER (WHERE status IN ('pending', 'sending')), 0) AS pending,
             coalesce(sum(events) FILTER (WHERE status = 'sending'), 0) AS sending FROM reward_outbox.depth) d`;

const MAY_BE_SENT_TWICE = `
SELECT o.id AS "eventId", o.trigger_id AS "triggerId", o.user_id AS "userId", d.attempt, d.why, d.sent_at AS "sentAt",
       (count(*) OVER ())::float8 AS count
FROM (
  SELECT e.event_id, coalesce(e.attempt, 1) AS attempt, 'under_way' AS why, c.claimed_at AS sent_at
  FROM reward_outbox.claims c
  CROSS JOIN LATERAL unnest(c.event_ids, c.attempts) AS e(event_id, attempt)
  WHERE NOT EXISTS (SELECT FROM reward_outbox.attempt_log a WHERE a.event_id = e.event_id AND a.attempt = coalesce(e.attempt, 1))
  UNION ALL
  SELECT s.event_id, a.attempt, 'ambiguous', a.started_at
  FROM reward_outbox.event_states s
  JOIN LATERAL (SELECT l.* FROM reward_outbox.attempt_log l WHERE l.event_id = s.event_id AND l.outcome = 'ambiguous'
                ORDER BY l.attempt DESC LIMIT 1) a ON true
  WHERE s.status = 'pending'
) d
JOIN reward_outbox.outbox o ON o.id = d.event_id
ORDER BY d.sent_at DESC
LIMIT $1`;

const MISSING = `
SELECT m.event_id AS "eventId", m.trigger_id AS "triggerId", m.user_id AS "userId", m.attempt, m.outcome::text AS why, m.sent_at AS "sentAt",
       (count(*) OVER ())::float8 AS count
FROM reward_outbox.missing_events m
ORDER BY m.sent_at DESC
LIMIT $1`;

/** A relay that looks at a database from which nothing may be sent says so at once. The others it knew die out. */
const UNHEARD = `
SELECT r.name
FROM (SELECT n.name, n.seen_at, max(n.seen_at) OVER () AS latest
      FROM reward_outbox.relays n
      WHERE n.stopped_at IS NULL
        AND coalesce(n.paused_code, '') NOT IN ('not_adopted', 'went_back', 'failover_unconfirmed')) r
WHERE r.seen_at > r.latest - interval '30 seconds'
ORDER BY r.name`;

/** Whoever asks is no relay, and remembers nothing. */
const NOTHING_RECENT = { openLeases: () => [], results: [] };

export async function readAdoption(db: Database): Promise<Adoption> {
	const facts = await readDatabaseFacts(db, { relayNo: 0, name: "" }, null, NOTHING_RECENT);
	const { rows } = await db.query<Pick<Adoption, "adoptedAt" | "adoptedBy" | "pending" | "underWay">>(PLAN);
	const plan = rows[0] as (typeof rows)[0];
	const { recorded, found } = facts;
	const [mayBeSentTwice, missing] = [await listed(db, MAY_BE_SENT_TWICE), await listed(db, MISSING)];
	const verdict = decideDatabase(facts);
	const unheard = verdict.kind === "stop" || verdict.kind === "wait" ? await readUnheard(db) : [];
	return { recorded, found, verdict, ...plan, mayBeSentTwice, missing, unheard };
}

async function readUnheard(db: Database): Promise<string[]> {
	const { rows } = await db.query<{ name: string }>(UNHEARD);
	return rows.map(({ name }) => name);
}

async function listed(db: Database, statement: string): Promise<Listed> {
	const { rows } = await db.query<DoubtfulEvent & { count: number }>(statement, [MOST_LISTED]);
	return { count: rows[0]?.count ?? 0, events: rows.map(({ count: _, ...event }) => event) };
}

/** What follows for a relay that starts now. */
export async function readVerdict(db: Database): Promise<Verdict> {
	const nobody = { relayNo: 0, name: "" };
	return decideDatabase(await readDatabaseFacts(db, nobody, null, NOTHING_RECENT));
}

/**
 * Takes this database as the right one: relays may send from it from now on. Returns how many events are to be sent.
 *
 * @param cancelBacklog Everything unfinished is cancelled instead.
 * @param actor A person, where the database role does not say who it was.
 */
export async function adopt(
	db: Database,
	decision: { readonly cancelBacklog: boolean; readonly reason: string; readonly actor: string | null },
): Promise<number> {
	const { rows } = await pRetry(
		() =>
			db.query<{ unfinished: number }>("SELECT reward_outbox.adopt($1, $2, $3)::float8 AS unfinished", [
				decision.cancelBacklog,
				decision.reason,
				decision.actor,
			]),
		// It has to wait for the transactions that are writing, and never long at a time: other writers queue behind it.
		{
			retries: 40,
			minTimeout: 100,
			maxTimeout: 1_500,
			randomize: true,
			shouldRetry: ({ error }) => isLockTimeout(error),
		},
	);
	return rows[0]?.unfinished ?? 0;
}
