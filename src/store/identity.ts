import type { Evidence, Identity, MemoryState } from "../event/which-database.ts";
import type { Database } from "./database.ts";
import { conditionValues, type RelayCondition } from "./relays.ts";

/** What a relay remembers of the database it sends from: in memory, and in its state file. */
export interface Remembered {
	/** The relay's row in `relay_proofs`. */
	readonly proofId: string;
	readonly installationId: string;
	/** Installations before it, oldest first. */
	readonly lineage: readonly string[];
	readonly systemIdentifier: string;
	readonly timeline: string;
	/** Null where the server does not tell. */
	readonly flushedLsn: string | null;
	readonly nextXid: string;
	/** How often it has raised its row. */
	readonly beats: string;
	/** How far the outbox had been read. */
	readonly headPosition: string;
}

/** What has to be on record although the relay has not beaten since. */
export interface Recent {
	/**
	 * Leases it holds that cannot have expired yet. Asked once more when the answer is there: what was settled meanwhile
	 * may be gone.
	 */
	readonly openLeases: () => readonly string[];
	/** The last results it wrote. */
	readonly results: readonly { readonly eventId: string; readonly attempt: number }[];
}

/** The evidence, and which installation it is about. */
export interface DatabaseFacts extends Evidence {
	readonly installationId: string;
	/** What is remembered is about an earlier installation of this database, or about another one altogether. */
	/** The relay is registered here under its number. */
	readonly knowsRelay: boolean;
	/** Leases that the relay holds, and the database does not know. */
	readonly missingLeases: readonly string[];
	readonly memoryOf: "this" | "earlier" | "later" | "another" | "nothing";
}

/** A row of `database_facts()`. */
export interface FactsRow {
	readonly installationId: string;
	readonly lineage: readonly string[];
	readonly recorded: Identity;
	readonly found: Identity;
	readonly isOriginal: boolean;
	readonly hasForeignEvents: boolean;
	readonly idsWentBack: boolean;
	readonly doubtCode: string | null;
	readonly doubtReason: string | null;
	readonly isEmpty: boolean;
	readonly wasUsed: boolean;
	readonly knowsRelay: boolean;
	readonly knowsProof: boolean | null;
	readonly knowsHead: boolean | null;
	readonly missingLeases: readonly string[];
	readonly knowsResults: boolean;
	readonly logWentBack: boolean | null;
	readonly awaited: readonly string[];
	readonly unheard: readonly string[];
}

const FACTS = `
SELECT f.installation_id AS "installationId", f.lineage::text[] AS lineage, f.recorded, f.found, f.is_original AS "isOriginal",
       f.has_foreign_events AS "hasForeignEvents", f.ids_went_back AS "idsWentBack", f.doubt_code AS "doubtCode", f.doubt_reason AS "doubtReason",
       f.is_empty AS "isEmpty", f.was_used AS "wasUsed", f.knows_relay AS "knowsRelay", f.knows_proof AS "knowsProof", f.knows_head AS "knowsHead",
       f.missing_leases::text[] AS "missingLeases", f.knows_results AS "knowsResults", f.log_went_back AS "logWentBack", f.awaited, f.unheard
FROM reward_outbox.database_facts($1, $2, $3, $4, $5) f`;

/** @param remembered null: the relay remembers nothing */
export async function readDatabaseFacts(
	db: Database,
	relay: { readonly relayNo: number; readonly name: string },
	remembered: Remembered | null,
	recent: Recent,
): Promise<DatabaseFacts> {
	const results = recent.results.map(({ eventId, attempt }) => [eventId, attempt]);
	const { rows } = await db.query<FactsRow>(FACTS, [
		relay.relayNo,
		relay.name,
		remembered,
		recent.openLeases(),
		JSON.stringify(results),
	]);
	const row = rows[0] as FactsRow;
	const stillOpen = new Set(recent.openLeases());
	const missingLeases = row.missingLeases.filter((lease) => stillOpen.has(lease));
	return factsFrom({ ...row, missingLeases }, remembered);
}

/** What the database says, beside what the relay remembers. */
export function factsFrom(row: FactsRow, remembered: Remembered | null): DatabaseFacts {
	const { doubtCode, doubtReason } = row;
	const memoryOf = whatIsRemembered(row, remembered);
	return {
		...row,
		doubt:
			doubtCode === null ? null : { code: doubtCode as "went_back", reason: doubtReason ?? "a relay missed something" },
		memoryOf,
		memory: memoryState(row, memoryOf),
	};
}

function whatIsRemembered(row: FactsRow, remembered: Remembered | null): DatabaseFacts["memoryOf"] {
	if (remembered === null) return "nothing";
	if (remembered.installationId === row.installationId) return "this";
	if (row.lineage.includes(remembered.installationId)) return "earlier";
	return remembered.lineage.includes(row.installationId) ? "later" : "another";
}

/**
 * What was adopted since is as a person wanted it. What is older than what the relay remembers went back behind an
 * adoption.
 */
function memoryState(row: FactsRow, memoryOf: DatabaseFacts["memoryOf"]): MemoryState {
	if (memoryOf === "later") return "missing";
	if (memoryOf !== "this") return "none";
	const knows =
		row.knowsProof && row.knowsHead && row.missingLeases.length === 0 && row.knowsResults && row.logWentBack !== true;
	return knows ? "complete" : "missing";
}

type Proof = Omit<Remembered, "proofId"> & { readonly heartbeat?: unknown };

const PROVE = (beat: string) => `
SELECT ${beat}p.installation_id AS "installationId", p.lineage::text[] AS lineage, p.system_identifier AS "systemIdentifier", p.timeline,
       p.flushed_lsn::text AS "flushedLsn", p.next_xid::text AS "nextXid", p.beats::text AS beats, p.head_position::text AS "headPosition"
FROM reward_outbox.prove($1, $2, $3, $4) p`;

const PROVE_ONLY = PROVE("");
// In the list, and so only where the proof has a row: a database that went back is told nothing.
const PROVE_AND_BEAT = PROVE("reward_outbox.heartbeat($2, $5, $6, $7, $8, false), ");

/**
 * Raises the relay's row and returns what to remember from now on; null: this database does not know what the relay
 * does.
 * @param beats as remembered; null: the relay's first
 * @param beat what the relay says of itself in the same statement; null: nothing
 */
export async function prove(
	db: Database,
	relay: { readonly proofId: string; readonly relayNo: number; readonly beats: string | null; readonly ended: boolean },
	beat: RelayCondition | null = null,
): Promise<Remembered | null> {
	const { proofId, relayNo, beats, ended } = relay;
	const proof = [proofId, relayNo, beats, ended];
	const { rows } = await (beat === null
		? db.query<Proof>(PROVE_ONLY, proof)
		: db.query<Proof>(PROVE_AND_BEAT, [...proof, ...conditionValues(beat)]));
	if (rows[0] === undefined) return null;
	const { heartbeat: _, ...remembered } = rows[0];
	return { proofId, ...remembered };
}

/** Says that nothing of this relay is missing on a new timeline. */
export async function vouch(db: Database, proofId: string, timeline: string): Promise<void> {
	await db.query("SELECT reward_outbox.vouch($1, $2)", [proofId, timeline]);
}

/** Writes down the new timeline of a database that lost nothing. */
export async function followFailover(
	db: Database,
	to: {
		readonly installationId: string;
		readonly proofId: string;
		readonly timeline: string;
		readonly relay: string;
	},
): Promise<void> {
	await db.query("SELECT reward_outbox.follow_failover($1, $2, $3, $4)", [
		to.installationId,
		to.proofId,
		to.timeline,
		to.relay,
	]);
}

/** Writes down that something is missing: no relay sends until a person has adopted the database. */
export async function doubt(
	db: Database,
	found: {
		readonly installationId: string;
		readonly code: string;
		readonly reason: string;
		readonly relay: string;
	},
): Promise<void> {
	await db.query("SELECT reward_outbox.doubt($1, $2, $3, $4)", [
		found.installationId,
		found.code,
		found.reason,
		found.relay,
	]);
}

/** Takes a database with nothing in it as the right one. False: there is something in it. */
export async function adoptUnused(db: Database, relay: string): Promise<boolean> {
	const { rows } = await db.query<{ adopted: boolean }>("SELECT reward_outbox.adopt_unused($1) AS adopted", [relay]);
	return rows[0]?.adopted ?? false;
}

/** A result as a relay remembers it. */
export interface RememberedResult {
	readonly event_id: string;
	readonly trigger_id: string;
	readonly user_id: string;
	readonly attempt: number;
	readonly outcome: string;
	readonly http_status: number | null;
	readonly error_code: string | null;
	readonly error_message: string | null;
	readonly duration_ms: number | null;
	/** Milliseconds since the attempt began. */
	readonly age_ms: number;
}

/** Gives a database the results it lost: what was accepted is not sent again, what no longer exists is listed. */
export async function testify(
	db: Database,
	relay: { readonly relayNo: number; readonly name: string },
	results: readonly RememberedResult[],
	sameOutbox: boolean,
): Promise<{ recorded: number; missing: number }> {
	const { rows } = await db.query<{ recorded: number; missing: number }>(
		"SELECT recorded, missing FROM reward_outbox.testify($1, $2, $3, $4)",
		[relay.relayNo, relay.name, JSON.stringify(results), sameOutbox],
	);
	return rows[0] ?? { recorded: 0, missing: 0 };
}
