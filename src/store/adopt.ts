import { type Database, sqlState } from "./database.ts";

/** What a database can say about which one it is. `hidden` where the server does not tell. */
export interface Identity {
	/** Of the cluster, given by initdb. */
	readonly systemIdentifier: string;
	readonly databaseOid: number;
	/** Of the write-ahead log. */
	readonly timeline: string;
}

/** Which database the events were being sent from, and which one this is. */
export interface Adoption {
	readonly recorded: Identity;
	readonly found: Identity;
	/** When the recorded identity was taken as right, and by whom. */
	readonly adoptedAt: Date;
	readonly adoptedBy: string;
	/** Events that adopting would leave to be sent, or cancel. */
	readonly pending: number;
	/** Of them, those that were under way when the copy was taken: they may have been delivered. */
	readonly underWay: number;
}

const ADOPTION = `
SELECT jsonb_build_object('systemIdentifier', i.system_identifier, 'databaseOid', i.database_oid::bigint, 'timeline', i.timeline) AS recorded,
       jsonb_build_object('systemIdentifier', n.system_identifier, 'databaseOid', n.database_oid::bigint, 'timeline', n.timeline) AS found,
       i.adopted_at AS "adoptedAt", i.adopted_by AS "adoptedBy",
       d.pending::float8 AS pending, d.sending::float8 AS "underWay"
FROM reward_outbox.installation i, reward_outbox.identity() n,
     (SELECT coalesce(sum(events) FILTER (WHERE status IN ('pending', 'sending')), 0) AS pending,
             coalesce(sum(events) FILTER (WHERE status = 'sending'), 0) AS sending FROM reward_outbox.depth) d`;

export async function readAdoption(db: Database): Promise<Adoption> {
	const { rows } = await db.query<Adoption>(ADOPTION);
	return rows[0] as Adoption;
}

/** Nothing was ever written here: then a relay adopts it by itself. Null: this user may not see that. */
export async function isOutboxEmpty(db: Database): Promise<boolean | null> {
	try {
		const { rows } = await db.query<{ empty: boolean }>(
			"SELECT NOT EXISTS (SELECT FROM reward_outbox.outbox) AS empty",
		);
		return rows[0]?.empty ?? null;
	} catch (error) {
		if (sqlState(error) === "42501") return null;
		throw error;
	}
}

/** Why relays send nothing from here, for a person; null: it is the database that the events were being sent from. */
export function adoptionProblem({ recorded, found }: Pick<Adoption, "recorded" | "found">): string | null {
	if (recorded.systemIdentifier !== found.systemIdentifier) {
		return "it was written by another PostgreSQL cluster (a restored dump or a copy)";
	}
	if (recorded.databaseOid !== found.databaseOid) return "it is a copy of another database of this cluster";
	if (recorded.timeline === found.timeline) return null;
	return "its write-ahead log is on another timeline (a point-in-time recovery, or a failover that no relay followed)";
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
	const { rows } = await db.query<{ unfinished: number }>(
		"SELECT reward_outbox.adopt($1, $2, $3)::float8 AS unfinished",
		[decision.cancelBacklog, decision.reason, decision.actor],
	);
	return rows[0]?.unfinished ?? 0;
}
