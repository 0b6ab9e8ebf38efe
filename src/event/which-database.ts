import type { PauseCode } from "./pause.ts";

/** What a server says about a database. Text is `hidden` where it does not tell. */
export interface Identity {
	/** Of the cluster, given by initdb. */
	readonly systemIdentifier: string;
	readonly databaseOid: number;
	/** Of the table that events are written to. */
	readonly outboxOid: number;
	/** Of the write-ahead log. */
	readonly timeline: string;
}

/** How what a relay remembers compares with what the database knows. */
export type MemoryState =
	/** It remembers nothing of this installation: it has just started, or the database was adopted since. */
	| "none"
	/** Everything it remembers is there. */
	| "complete"
	/** Something is not: the database went back in time. */
	| "missing";

/** Everything that bears on whether this is the database whose events were being sent. */
export interface Evidence {
	/** As it was written down where events were last sent from. */
	readonly recorded: Identity;
	/** As the server says now. */
	readonly found: Identity;
	/** The record was written here by a function of ours, and not loaded from a dump or by replication. */
	readonly isOriginal: boolean;
	/** There are events that were loaded from another installation. */
	readonly hasForeignEvents: boolean;
	/** The outbox was read up to transactions that this server has not begun yet. */
	readonly idsWentBack: boolean;
	/** What a relay found missing here before; null: nothing. */
	readonly doubt: { readonly code: PauseCode; readonly reason: string } | null;
	/** No event is in it. */
	readonly isEmpty: boolean;
	/** A relay has been here. */
	readonly wasUsed: boolean;
	readonly memory: MemoryState;
	/** Relays that were sending and have not looked yet whether the failover took something of theirs. */
	readonly awaited: readonly string[];
	/** The same, and too much time has passed. */
	readonly unheard: readonly string[];
}

/** What follows for a relay. */
export type Verdict =
	/** It is the one: events may be sent. */
	| { readonly kind: "continue" }
	/** Nothing could be sent a second time from it: a relay takes it as the right one by itself. */
	| { readonly kind: "adopt" }
	/** A failover that lost nothing: the new timeline is written down. */
	| { readonly kind: "follow" }
	/** Nothing is missing of ours; others are still to say so. */
	| { readonly kind: "wait"; readonly code: PauseCode; readonly reason: string }
	/** Nothing is sent until a person has adopted it. `found`: it was found out now, and has to be written down. */
	| { readonly kind: "stop"; readonly code: PauseCode; readonly reason: string; readonly found: boolean };

/**
 * Whether events may be sent from a database. Evidence of a relay's own comes first, because only that can tell that
 * something is missing; a record that says the same as the server proves nothing where both went back together.
 */
export function decideDatabase(evidence: Evidence): Verdict {
	const { doubt, memory } = evidence;
	if (doubt !== null) return { kind: "stop", ...doubt, found: false };
	if (memory === "missing") return stop("went_back", WENT_BACK);
	if (mayAdoptItself(evidence)) return { kind: "adopt" };
	const elsewhere = whyElsewhere(evidence);
	if (elsewhere !== null) return stop("not_adopted", elsewhere);
	if (evidence.idsWentBack) return stop("went_back", IDS_WENT_BACK);
	return differs(evidence.recorded.timeline, evidence.found.timeline) ? afterFailover(evidence) : { kind: "continue" };
}

const WENT_BACK =
	"it does not know what this relay sent from it: it went back to an earlier state (a restore, a snapshot, a failover that lost something)";
const IDS_WENT_BACK =
	"its transaction ids went back behind what was read (pg_resetwal, or a server with a younger copy): new events would not be found";

/** Why what is here came from elsewhere; null: it did not. */
function whyElsewhere(
	evidence: Pick<Evidence, "recorded" | "found" | "isOriginal" | "hasForeignEvents">,
): string | null {
	const { recorded, found } = evidence;
	if (differs(recorded.systemIdentifier, found.systemIdentifier))
		return "it was written by another PostgreSQL cluster (a restored dump or a copy)";
	if (recorded.databaseOid !== found.databaseOid) return "it is a copy of another database of this cluster";
	if (recorded.outboxOid !== found.outboxOid || !evidence.isOriginal) return "it was restored from a dump";
	if (evidence.hasForeignEvents) return "events of another database were loaded into it";
	return null;
}

/** Nothing in it, or a copy within the cluster of a database that no relay ever used: a migrated template. */
function mayAdoptItself(evidence: Evidence): boolean {
	const { recorded, found, isOriginal, isEmpty, wasUsed, hasForeignEvents, idsWentBack } = evidence;
	const moved = whyElsewhere(evidence) !== null || differs(recorded.timeline, found.timeline) || idsWentBack;
	if (!moved) return false;
	if (isEmpty) return true;
	const sameCluster = recorded.systemIdentifier === found.systemIdentifier && recorded.timeline === found.timeline;
	return sameCluster && isOriginal && !wasUsed && !hasForeignEvents && !idsWentBack;
}

function afterFailover({ memory, awaited, unheard }: Evidence): Verdict {
	if (memory !== "complete") return stop("failover_unconfirmed", OTHER_TIMELINE);
	if (unheard.length > 0)
		return stop(
			"failover_unconfirmed",
			`after a failover ${unheard.join(", ")} did not say whether something is missing`,
		);
	if (awaited.length === 0) return { kind: "follow" };
	return {
		kind: "wait",
		code: "failover_unconfirmed",
		reason: `after a failover ${awaited.join(", ")} has yet to say whether something is missing`,
	};
}

const OTHER_TIMELINE =
	"its write-ahead log is on another timeline (a point-in-time recovery, or a failover that no relay followed)";

function stop(code: PauseCode, reason: string): Verdict {
	return { kind: "stop", code, reason, found: code === "went_back" };
}

/** What is hidden says nothing. */
function differs(a: string, b: string): boolean {
	return a !== b && a !== "hidden" && b !== "hidden";
}
