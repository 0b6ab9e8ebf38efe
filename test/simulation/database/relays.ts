import type { CheckedIn, CheckIn, Heartbeat } from "../../../src/store/relays.ts";
import type { Relay, Tables } from "./tables.ts";

/** What the server knows of its sessions. */
export interface Sessions {
	readonly startedAt: number;
	has(sessionId: number): boolean;
}

/** A relay that has said nothing for so long may be taken for dead. */
const SILENT_MS = 2_300;

export function registerRelay(tables: Tables, name: string): number {
	const relayNo = tables.nextRelayNo++;
	tables.relays.set(relayNo, {
		relayNo,
		name,
		seenAt: tables.now,
		stoppedAt: null,
		checkedInAt: null,
		sessionId: null,
		serverStartedAt: null,
		sessionSince: null,
		wakeMode: "standby",
		able: false,
	});
	return relayNo;
}

/** heartbeat(), as far as anything depends on it. */
export function heartbeat({ relays, now }: Tables, { relayNo, stopped }: Pick<Heartbeat, "relayNo" | "stopped">): void {
	const relay = relays.get(relayNo);
	if (relay === undefined) return;
	relay.seenAt = now;
	relay.stoppedAt = stopped ? now : null;
}

/** check_in(). */
export function checkIn(tables: Tables, sessions: Sessions, given: CheckIn): CheckedIn {
	const { now } = tables;
	const me = tables.relays.get(given.relayNo);
	if (me !== undefined && isWorthWriting(me, given, sessions, now)) write(me, given, sessions, now);
	const others = [...tables.relays.values()].filter(
		({ relayNo, stoppedAt }) => relayNo !== given.relayNo && stoppedAt === null,
	);
	const chosen =
		given.able &&
		given.sessionId !== null &&
		tables.queueUsage < 0.5 &&
		!others.some((other) => goesFirst(other, given, sessions, now));
	endLeasesOfTheDead(tables, sessions, me, others);
	return {
		chosen,
		lockIsHeld: isAlive(sessions, given.lockSessionId, sessions.startedAt),
		reapable: [...tables.claims.values()].some(({ expiresAt }) => expiresAt < now && expiresAt > now - 70_000),
		alone: !others.some(({ checkedInAt }) => checkedInAt !== null && checkedInAt > now - 120_000),
	};
}

function isWorthWriting(me: Relay, given: CheckIn, { startedAt }: Sessions, now: number): boolean {
	if (given.working || me.checkedInAt === null || me.checkedInAt < now - 3_500) return true;
	return (
		me.sessionId !== given.sessionId ||
		me.serverStartedAt !== startedAt ||
		me.wakeMode !== given.wakeMode ||
		me.able !== given.able
	);
}

function write(me: Relay, given: CheckIn, { startedAt }: Sessions, now: number): void {
	const isSameSession = me.sessionId === given.sessionId && me.serverStartedAt === startedAt;
	if (!isSameSession) me.sessionSince = now;
	me.checkedInAt = now;
	me.sessionId = given.sessionId;
	me.serverStartedAt = startedAt;
	me.wakeMode = given.wakeMode;
	me.able = given.able;
}

/** Another one asks to be notified on behalf of all, or looks by itself. */
function goesFirst(other: Relay, { relayNo }: CheckIn, sessions: Sessions, now: number): boolean {
	if (!other.able || other.checkedInAt === null || other.checkedInAt <= now - 8_000) return false;
	if (other.relayNo > relayNo && other.wakeMode !== "polling") return false;
	return isAlive(sessions, other.sessionId, other.serverStartedAt);
}

/** session_is_alive(). Asked of no session, PostgreSQL answers with all of them. */
function isAlive(sessions: Sessions, sessionId: number | null, serverStartedAt: number | null): boolean {
	return serverStartedAt === sessions.startedAt && (sessionId === null || sessions.has(sessionId));
}

/** dead_relays(): as far as this one may say so. Their leases end now. */
function endLeasesOfTheDead(tables: Tables, sessions: Sessions, me: Relay | undefined, others: readonly Relay[]): void {
	const { now, claims } = tables;
	const silentSince = now - SILENT_MS;
	const mayJudge =
		me !== undefined &&
		me.sessionId !== null &&
		me.sessionSince !== null &&
		me.sessionSince < silentSince &&
		me.serverStartedAt === sessions.startedAt;
	if (!mayJudge) return;
	const gone = others.filter((other) => isGone(other, sessions, silentSince)).map(({ relayNo }) => relayNo);
	if (gone.length === 0) return;
	for (const lease of claims.values())
		if (gone.includes(lease.relayNo) && lease.claimedAt < silentSince && lease.expiresAt > now) lease.expiresAt = now;
}

function isGone(relay: Relay, sessions: Sessions, silentSince: number): boolean {
	const { sessionId, checkedInAt, serverStartedAt } = relay;
	if (sessionId === null || checkedInAt === null) return false;
	if (checkedInAt >= silentSince || checkedInAt <= silentSince - 3_600_000) return false;
	return !isAlive(sessions, sessionId, serverStartedAt);
}
