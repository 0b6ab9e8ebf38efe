import { claim } from "./claim.ts";
import type { Database } from "./database.ts";
import { expiredEvents, tidy } from "./expire.ts";
import { giveBack } from "./give-back.ts";
import { adoptUnused, doubt, followFailover, prove, readDatabaseFacts, testify, vouch } from "./identity.ts";
import { checkIn, heartbeat, registerRelay, wakeRelays } from "./relays.ts";
import { recordSample, tidySamples } from "./samples.ts";
import { settleAccepted, settleFailed } from "./settle.ts";
import { unstuck } from "./stuck-sessions.ts";
import { earlierAttempts, pauseForFault, triggerAcceptedSince } from "./trigger-faults.ts";

/**
 * Every statement of a running relay, on one pool. What the relay's core knows of PostgreSQL is this.
 * @param onSessionsEnded told when sessions of relays that were cut off had to be ended, because they kept their locks
 */
export function createRelayStore(db: Database, onSessionsEnded: (sessions: number) => void = () => {}) {
	const bind = <Args extends unknown[], Result>(statement: (db: Database, ...args: Args) => Promise<Result>) => {
		return (...args: Args): Promise<Result> => unstuck(db, statement(db, ...args), onSessionsEnded);
	};
	return {
		claim: bind(claim),
		settleAccepted: bind(settleAccepted),
		settleFailed: bind(settleFailed),
		giveBack: bind(giveBack),
		expiredEvents: bind(expiredEvents),
		tidy: bind(tidy),
		readDatabaseFacts: bind(readDatabaseFacts),
		adoptUnused: bind(adoptUnused),
		followFailover: bind(followFailover),
		vouch: bind(vouch),
		doubt: bind(doubt),
		prove: bind(prove),
		testify: bind(testify),
		registerRelay: bind(registerRelay),
		heartbeat: bind(heartbeat),
		checkIn: bind(checkIn),
		wakeRelays: bind(wakeRelays),
		recordSample: bind(recordSample),
		tidySamples: bind(tidySamples),
		pauseForFault: bind(pauseForFault),
		earlierAttempts: bind(earlierAttempts),
		triggerAcceptedSince: bind(triggerAcceptedSince),
	};
}

export type RelayStore = ReturnType<typeof createRelayStore>;
