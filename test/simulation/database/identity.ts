import type { OutcomeClass } from "../../../src/event/outcome.ts";
import type { FactsRow, Remembered, RememberedResult } from "../../../src/store/identity.ts";
import { adopt } from "./adopt.ts";
import { hasForeignEvents } from "./known-database.ts";
import { logAttempt } from "./leases.ts";
import { releaseNext } from "./order.ts";
import { keepUnread } from "./settle.ts";
import { changeState, deleteState } from "./states.ts";
import type { Proof, Tables } from "./tables.ts";

/** What a relay asks about. */
interface Question {
	readonly relay: { readonly relayNo: number; readonly name: string };
	readonly remembered: Remembered | null;
	readonly openLeases: readonly string[];
	readonly results: readonly { readonly eventId: string; readonly attempt: number }[];
}

/** database_facts(). */
export function databaseFacts(tables: Tables, question: Question): FactsRow {
	const { installation, found, relays, proofs, events, claims } = tables;
	const { relay, remembered } = question;
	const me = remembered === null ? undefined : proofs.get(remembered.proofId);
	return {
		installationId: installation.installationId,
		lineage: installation.lineage,
		recorded: installation.recorded,
		found,
		isOriginal: installation.isOriginal,
		hasForeignEvents: hasForeignEvents(tables),
		idsWentBack: false,
		doubtCode: installation.doubt?.code ?? null,
		doubtReason: installation.doubt?.reason ?? null,
		isEmpty: events.size === 0,
		wasUsed: relays.size > 0 || claims.size > 0 || [...events.values()].some(({ attempts }) => attempts.length > 0),
		knowsRelay: relays.get(relay.relayNo)?.name === relay.name,
		knowsProof: remembered === null || me === undefined ? null : me.beats >= Number(remembered.beats),
		knowsHead: remembered === null ? null : tables.headPosition >= Number(remembered.headPosition),
		missingLeases: question.openLeases.filter((leaseId) => !claims.has(leaseId)),
		knowsResults: question.results.every((result) => knowsResult(tables, result)),
		logWentBack: remembered === null ? null : logWentBack(tables, remembered),
		...others(tables, remembered?.proofId),
	};
}

function knowsResult({ events }: Tables, { eventId, attempt }: Question["results"][number]): boolean {
	const event = events.get(eventId);
	return event === undefined || event.attempts.some((logged) => logged.attempt === attempt);
}

function logWentBack({ found, nextXid }: Tables, remembered: Remembered): boolean {
	const isSameLog = found.systemIdentifier === remembered.systemIdentifier && found.timeline === remembered.timeline;
	return isSameLog && nextXid < Number(remembered.nextXid);
}

/** Relays that were sending when this one last could, and have not said that nothing of theirs is missing here. */
function others(
	tables: Tables,
	proofId: string | undefined,
): { readonly awaited: string[]; readonly unheard: string[] } {
	const me = proofId === undefined ? undefined : tables.proofs.get(proofId);
	if (me === undefined) return { awaited: [], unheard: [] };
	const { timeline } = tables.found;
	const hasVouched = me.vouchedFor === timeline;
	const isRecent = !hasVouched || me.vouchedAt === null || me.vouchedAt > tables.now - 15_000;
	const since = ((hasVouched ? me.lastBeatThen : me.beatAt) ?? 0) - 30_000;
	const silent = [...tables.proofs.values()].filter(
		(proof) => proof !== me && !proof.ended && proof.vouchedFor !== timeline && proof.beatAt >= since,
	);
	const names = silent
		.map(({ relayNo }) => tables.relays.get(relayNo)?.name)
		.filter((name) => name !== undefined)
		.sort();
	return isRecent ? { awaited: names, unheard: [] } : { awaited: [], unheard: names };
}

/** prove(): null: this database does not know what the relay does. */
export function prove(
	tables: Tables,
	relay: { readonly proofId: string; readonly relayNo: number; readonly beats: string | null; readonly ended: boolean },
): Remembered | null {
	const { proofId, relayNo, beats, ended } = relay;
	const known = tables.proofs.get(proofId);
	if (beats === null && known === undefined) tables.proofs.set(proofId, newProof(tables, relayNo));
	else if (beats === null && known !== undefined) beat(tables, known);
	else if (known === undefined || known.beats < Number(beats)) return null;
	else {
		beat(tables, known);
		known.ended = ended;
	}
	const { installation, found, nextXid, headPosition } = tables;
	return {
		proofId,
		installationId: installation.installationId,
		lineage: installation.lineage,
		systemIdentifier: found.systemIdentifier,
		timeline: found.timeline,
		flushedLsn: null,
		nextXid: String(nextXid),
		beats: String(tables.proofs.get(proofId)?.beats),
		headPosition: String(headPosition),
	};
}

function newProof({ now }: Tables, relayNo: number): Proof {
	return { relayNo, beats: 0, beatAt: now, ended: false, vouchedFor: null, vouchedAt: null, lastBeatThen: null };
}

function beat({ now }: Tables, proof: Proof): void {
	proof.beats++;
	proof.beatAt = now;
}

/** vouch(). */
export function vouch({ proofs, now }: Tables, proofId: string, timeline: string): void {
	const proof = proofs.get(proofId);
	if (proof === undefined || proof.vouchedFor === timeline) return;
	proof.vouchedFor = timeline;
	proof.vouchedAt = now;
	proof.lastBeatThen = proof.beatAt;
}

/** doubt(). */
export function doubt(
	{ installation }: Tables,
	found: { readonly installationId: string; readonly code: string; readonly reason: string },
): void {
	if (installation.installationId !== found.installationId || !installation.isOriginal) return;
	installation.doubt ??= { code: found.code, reason: found.reason };
}

/** follow_failover(). */
export function followFailover(
	tables: Tables,
	to: { readonly installationId: string; readonly proofId: string; readonly timeline: string },
): void {
	vouch(tables, to.proofId, to.timeline);
	const { installation, found } = tables;
	const { recorded } = installation;
	const isSame =
		recorded.systemIdentifier === found.systemIdentifier &&
		recorded.databaseOid === found.databaseOid &&
		recorded.outboxOid === found.outboxOid;
	if (installation.installationId !== to.installationId || installation.doubt !== null) return;
	if (installation.isOriginal && isSame && found.timeline === to.timeline) installation.recorded = found;
}

/** adopt_unused(). */
export function adoptUnused(tables: Tables): boolean {
	const { installation, found, events, relays, claims } = tables;
	const { recorded, isOriginal, doubt: doubted } = installation;
	const wasUsed =
		relays.size > 0 || claims.size > 0 || [...events.values()].some(({ attempts }) => attempts.length > 0);
	const isSameServer = recorded.systemIdentifier === found.systemIdentifier && recorded.timeline === found.timeline;
	const isCopy = isOriginal && !wasUsed && !hasForeignEvents(tables) && isSameServer;
	if (doubted !== null || !(events.size === 0 || isCopy)) return false;
	adopt(tables, false);
	return true;
}

/** testify(): what a relay remembers of its last results. */
export function testify(
	tables: Tables,
	relayNo: number,
	results: readonly RememberedResult[],
	sameOutbox: boolean,
): { readonly recorded: number; readonly missing: number } {
	const logged = results.filter((result) => logRemembered(tables, relayNo, result));
	const delivered = logged
		.filter(({ outcome }) => outcome === "accepted")
		.map(({ event_id }) => tables.events.get(event_id))
		.filter((event) => event !== undefined);
	const ended: (string | null)[] = [];
	for (const event of delivered) {
		if (event.state !== null) {
			deleteState(tables, event.state);
			ended.push(event.orderingKey);
		}
		keepUnread(tables, event);
	}
	const accepted = new Set(results.filter(({ outcome }) => outcome === "accepted").map(({ event_id }) => event_id));
	for (const eventId of new Set(results.map(({ event_id }) => event_id)))
		if (!accepted.has(eventId)) countAttempts(tables, eventId, results);
	const missing = sameOutbox ? results.filter((result) => listMissing(tables, result)).length : 0;
	releaseNext(tables, ended);
	return { recorded: logged.length, missing };
}

function logRemembered(tables: Tables, relayNo: number, result: RememberedResult): boolean {
	const event = tables.events.get(result.event_id);
	if (event === undefined) return false;
	// Left to whoever reaps the claim.
	if (result.outcome !== "accepted" && event.claims > 0) return false;
	return logAttempt(event, {
		attempt: result.attempt,
		startedAt: tables.now - result.age_ms,
		durationMs: result.duration_ms,
		relayNo,
		httpStatus: result.http_status,
		outcome: result.outcome as OutcomeClass,
		errorCode: result.error_code,
		errorMessage: result.error_message,
		responseBody: null,
		leaseId: null,
	});
}

function countAttempts(tables: Tables, eventId: string, results: readonly RememberedResult[]): void {
	const ofEvent = results.filter(({ event_id }) => event_id === eventId);
	const event = tables.events.get(eventId);
	const most = Math.max(...ofEvent.map(({ attempt }) => attempt));
	if (!event?.state || event.state.attempts >= most) return;
	const isUnknown = ofEvent.some(({ outcome }) => outcome === "ambiguous");
	const isOnce = tables.triggers.get(event.triggerId)?.mode === "at_most_once";
	const status = isUnknown && isOnce && event.state.status === "pending" ? "uncertain" : event.state.status;
	changeState(tables, event.state, { attempts: most, status, changedAt: tables.now });
}

function listMissing({ events, missingEvents }: Tables, { event_id, attempt, outcome }: RememberedResult): boolean {
	const name = `${event_id} ${attempt}`;
	if (events.has(event_id) || missingEvents.has(name) || !["accepted", "ambiguous"].includes(outcome)) return false;
	missingEvents.add(name);
	return true;
}
